"""What the documentation shows works: the commands of its pages, the examples of every --help, its links.

Every block of README.md and docs/*.md that opens with ```sh is run, in order, in one folder a page; one that sets up,
or takes minutes, opens with ```sh manual and is not. The examples of a --help are run likewise, line by line.
prepare() makes the files that they name; no training in them takes more than six seconds.
"""
import gzip
import os
import re
import shutil
import subprocess

from support import ROOT, SEQTOOL, TrainedTest, main, run

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
VECTORS = """8 3
the 0.1 0.1 0.1
king 1 0 1
queen 1 1 1
man 1 0 0
woman 1 1 0
cat -1 0.2 0
dog -1 0.1 0.1
and 0.1 -0.1 0
"""
WRITING = (ROOT / "configs/char_rnn/tiny.txt").read_text(encoding="utf-8")


def runnable_blocks(page):
    """The blocks of a page that are run, each with the number of its first line."""
    blocks, block = [], None
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if block is None and line.startswith("```"):
            block = (number + 1, line[3:].strip(), [])
        elif block is not None and line.startswith("```"):
            if block[1] == "sh":
                blocks.append((block[0], "\n".join(block[2])))
            block = None
        elif block is not None:
            block[2].append(line)
    return blocks


def help_pages(*verb):
    """The help of a verb and of those below it, by the verb."""
    text = run(*verb, "--help").out
    yield verb, text
    names = re.search(r"^Subcommands:\n((?:  .*\n)*)", text, re.MULTILINE)
    for name in re.findall(r"^  (\S+)", names[1], re.MULTILINE) if names else []:
        yield from help_pages(*verb, name)


class Documentation(TrainedTest):
    SETS = ("train.max_steps=null", "train.max_epochs=5")  # a help page goes on to 6

    def prepare(self, name, with_runs=True):
        """A folder with what the examples name: runs/a and runs/b, texts, a config, a tokenizer, word vectors."""
        folder = self.folder / name
        folder.mkdir()
        for text in ("text", "text.txt", "other.txt", "corpus.txt", "my.txt", "part1.txt"):
            (folder / text).write_text(WRITING, encoding="utf-8")
        self.prepare_vectors(folder)
        (folder / "lines.txt").write_text("The cat sees the moon.\nA small bird hears the sea.\n")
        (folder / "corpus.gz").write_bytes(gzip.compress(WRITING.encode()))
        (folder / "part2.txt.gz").write_bytes(gzip.compress(WRITING.encode()))
        for counts in ("a", "b", "part1", "part2"):
            run("tokenize", "count", "--model", "bpe", folder / "text.txt", "-o", folder / f"{counts}.counts")
        (folder / "reviews.txt").write_text("the soup was lovely\nthe walk was dull\n")
        (folder / "ids").write_text("3 4 5\n")
        shutil.copy(folder / "other.txt", folder / "valid.txt")
        (folder / "prefixes.txt").write_text("The old\nA small bird\n")
        run("ngram", "estimate", folder / "corpus.txt", "--order", "3", "-o", folder / "model.arpa")
        for model in ("model", "a", "b"):
            run("ngram", "binary", folder / "model.arpa", "-o", folder / f"{model}.bin")
        config = (ROOT / "configs/char_rnn/tiny.json").read_text(encoding="utf-8")
        (folder / "my.json").write_text(config.replace("tiny.txt", "my.txt"), encoding="utf-8")
        shutil.copy(self.trained / "tokenizer.json", folder)
        if with_runs:
            for letter in "ab":
                shutil.copytree(self.trained, folder / "runs" / letter)
            run("train", "--config", ROOT / "configs/ngram/tiny.json", "--set", f"out={folder / 'runs/words'}")
            run("train", "--config", ROOT / "configs/classifier/tiny.json", "--set", f"out={folder / 'runs/reviews'}")
            run("train", "--config", ROOT / "configs/feedforward/tiny.json", "--set", f"out={folder / 'runs/moons'}")
        return folder

    def prepare_vectors(self, folder):
        """Word vectors, questions to them, and files that they are evaluated by."""
        (folder / "vectors.txt").write_text(VECTORS)
        (folder / "words.txt").write_text("king\nking - man + woman\n")
        (folder / "lists.txt").write_text("king queen cat\n")
        (folder / "pairs.txt").write_text("king queen\ncat dog\n")
        (folder / "questions-words.txt").write_text(": family\nman king woman queen\n")
        (folder / "wordsim353.tsv").write_text("# Word 1\tWord 2\tHuman (mean)\nking\tqueen\t8.58\nking\tcat\t1.5\n")

    def shell(self, commands, folder, place):
        """Runs commands as a user would, seqtool being on the PATH."""
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        wrapper = programs / "seqtool"
        # Trains briefly what is trained by gradient steps; all else is the program itself.
        wrapper.write_text('#!/bin/sh\ncase "$1 $*" in\n'
                           f'"train "*"--config "ngram/*|"train "*"--config "word2vec/*|"train "*"--config "classifier/*) ;;\n'
                          f'"train "*--config*) exec {SEQTOOL} "$@" --set train.max_minutes=0.1 --threads 1 ;;\n'
                           f'esac\nexec {SEQTOOL} "$@"\n')
        wrapper.chmod(0o755)
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "SEQTOOL_CONFIGS": str(ROOT / "configs")}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
        if done.returncode != 0:
            self.fail(f"{place}: exit code {done.returncode}\n{commands}\n{done.stderr.decode(errors='replace')}")

    def test_commands_of_the_pages_work(self):
        for page in PAGES:
            folder = self.prepare(page.stem)
            for number, block in runnable_blocks(page):
                with self.subTest(f"{page.name}:{number}"):
                    self.shell(block, folder, f"{page.relative_to(ROOT)}:{number}")

    def test_examples_of_every_help_work(self):
        for verb, text in help_pages():
            name = " ".join(("seqtool", *verb))
            with self.subTest(name):
                examples = text.partition("Examples:\n")[2].split("\n\n")[0]
                self.assertTrue(examples, f"{name} --help has no examples")
                folder = self.prepare("-".join(("help", *verb)), with_runs=verb != ("train",))
                for line in examples.splitlines():
                    self.shell(line.strip(), folder, f"{name} --help")

    def test_reference_of_the_config_is_current(self):
        page = ROOT / "docs/config.md"
        self.assertEqual(page.read_text(encoding="utf-8"), run("config", "docs").out,
                         "write it anew: seqtool config docs > docs/config.md")

    def test_links_lead_somewhere(self):
        for page in [*PAGES, *(ROOT / "lib").glob("models/*/README.md")]:
            prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
                if not re.match(r"[a-z]+:", target):
                    self.assertTrue((page.parent / target).exists(), f"{page.relative_to(ROOT)}: no {target}")

    def test_every_model_is_described(self):
        for line in (ROOT / "lib/models/models.def").read_text().splitlines():
            if name := re.match(r"SEQ_MODEL\((\w+)", line):
                self.assertTrue((ROOT / "lib/models" / name[1] / "README.md").is_file(), name[1])


if __name__ == "__main__":
    main()

"""Word vectors: a run that repeats, resumes and answers queries, and what is refused."""
import json
import os
import random
import signal
import subprocess
import time

from support import ROOT, SEQTOOL, CliTest, main, metrics, run

TINY = ROOT / "configs/word2vec/tiny.json"


def text(sentences, seed=1):
    """Sentences of two worlds that never meet."""
    chance = random.Random(seed)
    animals, colours = ["cat", "dog", "cow", "hen"], ["red", "blue", "green", "grey"]
    return "\n".join(" ".join(chance.choices(chance.choice([animals, colours]), k=8)) for _ in range(sentences))


class Word2vec(CliTest):
    def train(self, folder, *arguments, sets=(), corpus=None, threads=1):
        corpus = corpus or self.file("corpus.txt", text(4000))
        settings = [f"out={folder}", f"data.train={corpus}", "train.max_epochs=4", *sets]
        return run("train", "--config", TINY, "--threads", threads, *arguments, *(f"--set={s}" for s in settings))

    def test_every_architecture_and_loss_finds_the_two_worlds(self):
        for architecture in ("skip_gram", "cbow"):
            for loss in ("negative_sampling", "hierarchical_softmax", "full_softmax"):
                with self.subTest(architecture=architecture, loss=loss):
                    out = self.folder / f"{architecture}-{loss}"
                    self.succeeded(self.train(out, sets=[f"model.architecture={architecture}", f"model.loss={loss}",
                                                         "model.negatives=3"]))
                    nearest = self.succeeded(run("vectors", "nearest", out, "cat", "-k", 3, "--json"))
                    words = {found["word"] for found in json.loads(nearest.out)["neighbours"]}
                    self.assertEqual(words, {"dog", "cow", "hen"})

    def test_the_loss_falls(self):
        self.succeeded(self.train(self.folder / "run", sets=["train.log_every=1", "train.max_epochs=10"]))
        losses = [entry["loss"] for entry in metrics(self.folder / "run") if entry["kind"] == "train"]
        self.assertLess(losses[-1], losses[0] - 0.05)

    def test_the_rate_falls_to_the_final_fraction(self):
        for fraction, last in ((0, 1e-4), (0.25, 0.25)):
            out = self.folder / f"run-{fraction}"
            self.succeeded(self.train(out, sets=["train.learning_rate=0.04", f"train.schedule.final_fraction={fraction}"]))
            rates = [entry["learning_rate"] for entry in metrics(out) if entry["kind"] == "train"]
            self.assertEqual(len(rates), 4)
            for epoch, rate in enumerate(rates, 1):
                self.assertAlmostEqual(rate, 0.04 * max(last, 1 - (1 - fraction) * epoch / 4), places=7)

    def test_one_thread_repeats_to_the_bit_and_another_seed_differs(self):
        models = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            self.succeeded(self.train(self.folder / name, "--seed", seed))
            models.append((self.folder / name / "model.safetensors").read_bytes())
        self.assertEqual(models[0], models[1])
        self.assertNotEqual(models[0], models[2])

    def test_a_killed_run_goes_on_as_if_nothing_had_been(self):
        sets = ["train.max_epochs=40", "train.log_every=3", "train.checkpoint_every_steps=2"]
        self.check_killed_run(sets)

    def test_a_killed_run_with_n_grams_goes_on_too(self):
        self.check_killed_run(["train.max_epochs=40", "train.log_every=3", "train.checkpoint_every_steps=2",
                               "model.subwords.buckets=200"])

    def check_killed_run(self, sets):
        self.succeeded(self.train(self.folder / "whole", sets=sets))
        broken = self.folder / "broken"
        killed = 0
        for attempt, wait_for in enumerate((5, 40, 90)):
            process = subprocess.Popen(
                [SEQTOOL, "train", "--config", TINY, "--threads", "1", *(["--resume"] if attempt else []),
                 *(f"--set={s}" for s in [f"out={broken}", f"data.train={self.folder / 'corpus.txt'}", *sets])],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            log = broken / "metrics.jsonl"
            while process.poll() is None and not (log.exists() and log.read_bytes().count(b"\n") >= wait_for):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL if attempt != 1 else signal.SIGTERM)
            killed += process.wait() in (-signal.SIGKILL, 128 + signal.SIGTERM)
        self.assertGreater(killed, 0, "no kill came in time")
        self.succeeded(self.train(broken, "--resume", sets=sets))
        self.assertEqual(metrics(self.folder / "whole"), metrics(broken))
        self.assertEqual((self.folder / "whole/model.safetensors").read_bytes(),
                         (broken / "model.safetensors").read_bytes())

    def test_a_held_out_text_chooses_the_best_pass(self):
        valid = self.file("valid.txt", text(200, seed=2))
        self.succeeded(self.train(self.folder / "run", sets=[f"data.valid={valid}", "train.max_epochs=3"]))
        entries = [entry for entry in metrics(self.folder / "run") if entry["kind"] == "valid"]
        self.assertEqual(len(entries), 3)
        self.assertLess(entries[-1]["loss"], entries[0]["loss"])

    def test_two_threads_train_too(self):
        self.succeeded(self.train(self.folder / "run", threads=2))
        nearest = self.succeeded(run("vectors", "nearest", self.folder / "run", "red", "-k", 3, "--json"))
        words = {found["word"] for found in json.loads(nearest.out)["neighbours"]}
        self.assertEqual(words, {"blue", "green", "grey"})

    def test_counts_of_parts_train_the_same_vectors(self):
        corpus = text(4000)
        half = corpus.index("\n", len(corpus) // 2) + 1
        for name, part in (("one", corpus[:half]), ("two", corpus[half:])):
            self.succeeded(run("tokenize", "count", "--model", "word", "--pre-tokenise", "whitespace_split",
                               self.file(f"{name}.txt", part), "-o", self.folder / f"{name}.counts"))
        self.succeeded(self.train(self.folder / "counted"))
        counts = f'model.counts=["{self.folder}/one.counts","{self.folder}/two.counts"]'
        self.succeeded(self.train(self.folder / "added", sets=[counts]))
        self.assertEqual((self.folder / "counted/model.safetensors").read_bytes(),
                         (self.folder / "added/model.safetensors").read_bytes())
        self.succeeded(run("tokenize", "count", "--model", "bpe", self.folder / "one.txt", "-o",
                           self.folder / "bpe.counts"))
        self.refused(self.train(self.folder / "wrong", sets=[f"model.counts={self.folder}/bpe.counts"]), "bpe.counts",
                     "whitespace_split")

    def test_counts_that_no_text_has_are_refused(self):
        numbers = [1, 1]
        while len(numbers) < 75:
            numbers.append(numbers[-1] + numbers[-2])
        words = [f"w{i}" for i in range(len(numbers))]
        one = self.folder / "one.counts"
        corpus = self.file("corpus.txt", " ".join(words))
        self.succeeded(run("tokenize", "count", "--model", "word", "--pre-tokenise", "whitespace_split", corpus, "-o", one))

        def with_counts(name, counts):
            header = {**json.loads(one.read_text().splitlines()[0]), "occurrences": sum(counts)}
            rows = sorted(zip(words, counts))
            return self.file(name, json.dumps(header) + "\n" + "".join(f"{w}\t{c}\n" for w, c in rows))

        sets = ["model.loss=hierarchical_softmax", f"model.counts={with_counts('deep.counts', numbers)}"]
        self.refused(self.train(self.folder / "deep", corpus=corpus, sets=sets), "path in Huffman's tree", "model.loss")
        many = with_counts("many.counts", [2 ** 53] + [1] * 74)
        self.refused(self.train(self.folder / "many", corpus=corpus, sets=[f"model.counts={many}"]), "many.counts", "2^53")

    def test_n_grams_give_vectors_to_unseen_words(self):
        sets = ["model.subwords.buckets=500", "train.max_epochs=6"]
        for architecture in ("skip_gram", "cbow"):
            out = self.folder / architecture
            self.succeeded(self.train(out, sets=[*sets, f"model.architecture={architecture}"]))
            nearest = self.succeeded(run("vectors", "nearest", out, "cat", "-k", 3, "--json"))
            words = {found["word"] for found in json.loads(nearest.out)["neighbours"]}
            self.assertEqual(words, {"dog", "cow", "hen"})
            unseen = self.succeeded(run("vectors", "nearest", out, "greenish", "-k", 1, "--json"))
            self.assertEqual(json.loads(unseen.out)["neighbours"][0]["word"], "green")
        self.refused(run("vectors", "convert", self.file("v.txt", "2 2\na 1 2\nb 2 1\n"), "--format", "fasttext", "-o",
                         self.folder / "no.bin"), "sub-words")
        model = self.folder / "model.bin"
        self.succeeded(run("vectors", "convert", self.folder / "cbow", "--format", "fasttext", "-o", model))
        for word in ("cat", "greenish"):
            answers = [json.loads(self.succeeded(run("vectors", "nearest", vectors, word, "--json")).out)["neighbours"]
                       for vectors in (self.folder / "cbow", model)]
            for ours, theirs in zip(*answers):
                self.assertEqual(ours["word"], theirs["word"])
                self.assertAlmostEqual(ours["score"], theirs["score"], 4)
        self.refused(self.train(self.folder / "wrong", sets=["model.subwords.buckets=5", "model.subwords.min_n=7"]),
                     "model.subwords.min_n")

    def test_given_vectors_are_where_training_begins_and_frozen_ones_where_it_ends(self):
        given = self.file("given.txt", "3 16\n" + "".join(
            word + " " + " ".join(str(0.01 * (i + j)) for j in range(16)) + "\n"
            for i, word in enumerate(("cat", "red", "absent"))))
        start = f"model.start_from={given}"

        def vector(out, word):
            rows = self.folder / f"{out}.txt"
            self.succeeded(run("vectors", "convert", self.folder / out, "-o", rows))
            return next(line.split()[1:] for line in rows.read_text().splitlines() if line.startswith(word + " "))

        self.succeeded(self.train(self.folder / "moved", sets=[start]))
        self.succeeded(self.train(self.folder / "frozen", sets=[start, "model.freeze_given=true"]))
        words = self.file("words.txt", "cat\nnowhere\n")
        self.succeeded(self.train(self.folder / "listed", sets=[start, f"model.freeze={words}"]))
        expected = {word: [str(float(x)) for x in line] for word, *line in
                    (row.split() for row in given.read_text().splitlines()[1:])}
        as_floats = lambda row: [float(x) for x in row]
        self.assertEqual(as_floats(vector("frozen", "cat")), as_floats(expected["cat"]))
        self.assertEqual(as_floats(vector("frozen", "red")), as_floats(expected["red"]))
        self.assertEqual(as_floats(vector("listed", "cat")), as_floats(expected["cat"]))
        self.assertNotEqual(as_floats(vector("listed", "red")), as_floats(expected["red"]))
        self.assertNotEqual(as_floats(vector("moved", "cat")), as_floats(expected["cat"]))
        wrong = self.folder / "wrong"
        self.refused(self.train(wrong, sets=[start, "model.dimension=8"]), "model.start_from", "16", "8")
        self.refused(self.train(wrong, sets=["model.freeze_given=true"]), "model.freeze_given")
        self.refused(self.train(wrong, sets=[start, "model.freeze_given=true", "model.subwords.buckets=9"]),
                     "model.subwords")
        damaged = self.file("damaged.txt", "2 16\ncat 1 nan\n")
        self.refused(self.train(wrong, sets=[f"model.start_from={damaged}"]), "damaged.txt")
        foreign = self.file("foreign.txt", "1 16\nzzz" + " 1" * 16 + "\n")
        self.refused(self.train(wrong, sets=[f"model.start_from={foreign}"]), "none of the words")

    def test_files_and_options_that_do_not_fit_are_refused_before_the_text_is_read(self):
        wrong, unread = self.folder / "wrong", self.file("unread.txt", b"ab \xff cd")
        given = self.file("given.txt", "1 16\ncat" + " 1" * 16 + "\n")
        bad = self.file("bad.txt", "cat\n")
        for sets, words in (([f"model.start_from={bad}"], ["model.start_from", "bad.txt"]),
                            ([f"model.analogies={bad}"], ["model.analogies", "bad.txt"]),
                            ([f'model.similarities=["{bad}"]'], ["model.similarities", "bad.txt"]),
                            ([f"model.start_from={given}", "model.dimension=8"], ["model.start_from", "16", "8"]),
                            ([f"model.start_from={given}", "model.subwords.buckets=9"], ["model.subwords"]),
                            ([f"model.freeze={bad}", "model.subwords.buckets=9"], ["model.subwords"]),
                            (["model.subwords.min_n=7"], ["model.subwords.min_n"]),
                            (["model.freeze_given=true"], ["model.freeze_given"]),
                            (["model.max_words=1"], ["model.max_words"])):
            with self.subTest(sets=sets):
                self.refused(self.train(wrong, corpus=unread, sets=sets), *words)

    def test_a_run_that_has_begun_needs_its_given_vectors_no_more(self):
        given = self.file("given.txt", "1 16\ncat" + " 0.1" * 16 + "\n")
        words = self.file("words.txt", "cat\ncat\n")
        out = self.folder / "run"
        begun = self.succeeded(self.train(out, sets=[f"model.start_from={given}", f"model.freeze={words}"]))
        self.assertIn("1 vectors are frozen", begun.err + begun.out)
        given.unlink()
        self.succeeded(run("train", "--resume", out, "--set", "train.max_epochs=5"))

    def test_phrases_are_learnt_joined_and_trained(self):
        corpus = self.file("corpus.txt", text(4000).replace("cat", "big cat"))
        phrases, joined = self.folder / "phrases.tsv", self.folder / "joined.txt"
        self.succeeded(run("tokenize", "phrases", corpus, "--threshold", 3, "-o", phrases))
        self.assertEqual([line.split("\t")[:2] for line in phrases.read_text().splitlines()], [["big", "cat"]])
        self.succeeded(run("tokenize", "phrases", "--apply", phrases, corpus, "-o", joined))
        self.assertEqual(joined.read_text(), corpus.read_text().replace("big cat", "big_cat"))
        piped = self.succeeded(run("tokenize", "phrases", "--apply", phrases, stdin=corpus.read_text()))
        self.assertEqual(piped.out, joined.read_text())
        self.succeeded(self.train(self.folder / "a", corpus=joined))
        self.succeeded(self.train(self.folder / "b", corpus=corpus, sets=[f"model.phrases={phrases}"]))
        self.assertEqual((self.folder / "a/model.safetensors").read_bytes(),
                         (self.folder / "b/model.safetensors").read_bytes())
        self.refused(run("tokenize", "phrases"), "FILE")
        self.refused(run("tokenize", "phrases", "--apply", self.file("bad.tsv", "a b\n")), "bad.tsv:1")

    def test_one_endless_line_and_many_threads_are_fine(self):
        words = text(4000).replace("\n", " ")
        self.succeeded(self.train(self.folder / "run", corpus=self.file("line.txt", words), threads=64))
        self.refused(self.train(self.folder / "none", corpus=self.file("word.txt", "a" * 3_000_000)), "word.txt")

    def test_evaluation_on_analogies_and_judgements(self):
        pairs = self.file("pairs.tsv", "cat\tdog\t9\ncat\tred\t1\nred\tblue\t8\ndog\tgreen\t2\n")
        self.succeeded(self.train(self.folder / "run", sets=[f'model.similarities=["{pairs}"]']))
        result = self.succeeded(run("eval", self.folder / "run", "--expect", "spearman>=0.7"))
        self.assertIn("spearman", json.loads(result.out))

    def test_wrong_input_is_refused_in_one_line(self):
        out = self.folder / "run"
        rare = self.file("rare.txt", "one two three\n")
        self.refused(self.train(out, corpus=rare, sets=["model.min_count=2"]), "rare.txt", "min_count")
        self.refused(self.train(out, corpus=self.file("empty.txt", "")), "empty.txt")
        self.refused(self.train(out, corpus=self.file("bad.txt", b"ab \xff cd")), "bad.txt", "UTF-8")
        self.refused(self.train(out, sets=["model.window=0"]), "model.window")
        self.refused(self.train(out, sets=["train.max_minutes=1"]), "train.max_minutes")
        self.refused(self.train(out, sets=["train.max_epochs=null"]), "train.max_epochs")
        self.refused(self.train(out, sets=["train.learning_rate=1e30"]), "diverged", code=1)
        missing = self.train(out, corpus=self.folder / "missing.txt")
        self.refused(missing, "missing.txt")

    def test_divergence_ends_the_run_and_leaves_no_broken_vectors(self):
        pairs = self.file("pairs.tsv", "cat\tdog\t9\ncat\tred\t1\nred\tblue\t8\ndog\tgreen\t2\n")
        for number, sets in enumerate(([], [f'model.similarities=["{pairs}"]'], ["model.loss=full_softmax"])):
            out = self.folder / f"run{number}"
            error = self.refused(self.train(out, sets=["train.learning_rate=1e30", "train.max_epochs=2", *sets]),
                                 "diverged", code=1)
            self.assertNotIn("is kept", error)
            self.assertFalse((out / "model.safetensors").exists())

    def test_a_run_that_stopped_early_trains_no_more_without_more_patience(self):
        valid = self.file("valid.txt", text(20, seed=2))
        out = self.folder / "run"
        stopped = self.succeeded(self.train(out, sets=[f"data.valid={valid}", "train.patience=1", "train.max_epochs=50",
                                                       "train.min_improvement=10"]))
        self.assertIn("train.patience=…", stopped.err + stopped.out)
        self.stopped_early(out, evaluations=3)

    def test_a_run_cannot_sample_and_says_what_it_can(self):
        self.succeeded(self.train(self.folder / "run", sets=["train.max_epochs=1"]))
        self.refused(run("sample", self.folder / "run"), "word2vec")
        self.refused(run("eval", self.folder / "run"), "seqtool vectors eval")


if __name__ == "__main__":
    os.environ.pop("SEQTOOL_DATA", None)
    main()

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

    def test_one_thread_repeats_to_the_bit_and_another_seed_differs(self):
        models = []
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            self.succeeded(self.train(self.folder / name, "--seed", seed))
            models.append((self.folder / name / "model.safetensors").read_bytes())
        self.assertEqual(models[0], models[1])
        self.assertNotEqual(models[0], models[2])

    def test_a_killed_run_goes_on_as_if_nothing_had_been(self):
        sets = ["train.max_epochs=40", "train.log_every=3", "train.checkpoint_every_steps=2"]
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

    def test_a_run_cannot_sample_and_says_what_it_can(self):
        self.succeeded(self.train(self.folder / "run", sets=["train.max_epochs=1"]))
        self.refused(run("sample", self.folder / "run"), "word2vec")
        self.refused(run("eval", self.folder / "run"), "seqtool vectors eval")


if __name__ == "__main__":
    os.environ.pop("SEQTOOL_DATA", None)
    main()

"""Word vectors as the token vectors of a language model: which rows they fill, what is frozen, what a run needs later."""
import array
import json
import random

from support import ROOT, CliTest, main, metrics, run, tensors

WORDS = ["cat", "dog", "sees", "moon", "the", "old", "sea", "bird"]
SIZE = 6


class Embedding(CliTest):
    def setUp(self):
        super().setUp()
        chance = random.Random(3)
        self.text = self.file("text.txt", " ".join(chance.choice(WORDS) for _ in range(2400)))
        self.file("valid.txt", " ".join(chance.choice(WORDS) for _ in range(600)))
        self.numbers = {word: [chance.uniform(-1, 1) for _ in range(SIZE)] for word in WORDS[:6]}
        self.vectors = self.file("vectors.txt", f"{len(self.numbers)} {SIZE}\n" + "".join(
            f"{word} {' '.join(map(str, numbers))}\n" for word, numbers in self.numbers.items()))
        self.config = self.file("words.json", json.dumps({
            "model": {"type": "char_rnn", "layers": 1, "hidden_size": 8, "embedding_size": SIZE,
                      "embedding": {"from": "vectors.txt", "freeze": True}},
            "tokenizer": {"type": "word"},
            "data": {"train": "text.txt", "valid": "valid.txt"},
            "train": {"batch_size": 4, "window": 8, "max_steps": 12, "learning_rate": 0.05, "sample_length": 0,
                      "log_every": 1, "eval_every_steps": 4,
                      "optimizer": {"type": "adamw", "weight_decay": 0.1}},
            "threads": 1}))

    def train(self, out, *arguments, sets=()):
        return run("train", "--config", self.config, *arguments, *(f"--set={s}" for s in [f"out={out}", *sets]))

    def table(self, out, file="model.safetensors", name="embedding"):
        """The rows of a run's table by their tokens."""
        vocabulary = json.loads((out / "tokenizer.json").read_text())["model"]["vocab"]
        flat = tensors(out / file)[name]
        return {token: list(flat[number * SIZE:(number + 1) * SIZE]) for token, number in vocabulary.items()}

    def test_words_start_from_their_vectors_and_a_frozen_table_stays(self):
        out, start = self.folder / "frozen", self.folder / "start"
        result = self.succeeded(self.train(out))
        self.assertIn("embedding: 6 of 9 tokens found", result.err)
        self.succeeded(self.train(start, sets=["train.max_steps=0"]))
        self.assertEqual(self.table(out), self.table(start))
        for word, numbers in self.numbers.items():
            self.assertEqual(self.table(out)[word], list(array.array("f", numbers)))
        self.assertNotEqual(self.table(out)["bird"], [0.0] * SIZE)

    def test_vectors_that_are_not_frozen_are_trained_further(self):
        out, start = self.folder / "trained", self.folder / "start"
        self.succeeded(self.train(out, sets=["model.embedding.freeze=false"]))
        self.succeeded(self.train(start, sets=["model.embedding.freeze=false", "train.max_steps=0"]))
        self.assertEqual(self.table(start)["cat"], list(array.array("f", self.numbers["cat"])))
        for word in WORDS:
            self.assertNotEqual(self.table(out)[word], self.table(start)[word])

    def test_a_frozen_table_has_no_optimiser_state(self):
        moments = {}
        for freeze in ("true", "false"):
            out = self.folder / freeze
            self.succeeded(self.train(out, sets=[f"model.embedding.freeze={freeze}"]))
            moments[freeze] = len(tensors(out / "checkpoints/last.safetensors")["optimizer.first_moment"])
        self.assertEqual(moments["false"] - moments["true"], (len(WORDS) + 1) * SIZE)

    def test_a_run_goes_on_and_is_used_without_the_vectors(self):
        whole, broken = self.folder / "whole", self.folder / "broken"
        self.succeeded(self.train(whole))
        self.succeeded(self.train(broken, sets=["train.max_steps=8"]))
        self.vectors.unlink()
        self.succeeded(run("train", "--resume", broken, "--set", "train.max_steps=12"))
        self.assertEqual(metrics(whole), metrics(broken))
        self.assertEqual(tensors(whole / "model.safetensors"), tensors(broken / "model.safetensors"))
        self.succeeded(run("sample", broken, "--length", "5"))
        self.succeeded(run("eval", broken))
        self.succeeded(run("score", broken, stdin="the cat\n"))

    def test_a_word2vec_run_gives_the_vectors(self):
        vectors = self.folder / "vectors"
        self.succeeded(run("train", "--config", ROOT / "configs/word2vec/tiny.json", f"--set=out={vectors}",
                           f"--set=data.train={self.text}", f"--set=model.dimension={SIZE}",
                           "--set=train.max_epochs=2"))
        out = self.folder / "run"
        result = self.succeeded(self.train(out, sets=[f"model.embedding.from={vectors}", "train.max_steps=0"]))
        self.assertIn("embedding: 8 of 9 tokens found", result.err)
        rows = tensors(vectors / "model.safetensors")["vectors"]
        first = (vectors / "vocabulary.txt").read_text().split("\t")[0]
        self.assertEqual(self.table(out)[first], list(rows[:SIZE]))

    def test_what_does_not_fit_is_refused_before_any_work(self):
        out = self.folder / "run"
        self.refused(self.train(out, sets=["model.embedding_size=7"]), "model.embedding.from", "of 6 numbers",
                     "model.embedding_size=6")
        self.refused(self.train(out, sets=["model.embedding.from=gone.txt"]), "model.embedding.from", "gone.txt")
        self.refused(self.train(out, sets=["tokenizer.type=byte"]), "none of the 256 tokens")
        self.refused(self.train(out, sets=["model.embedding.from=", "model.embedding.freeze=true"]),
                     "model.embedding.freeze")
        self.refused(self.train(out, sets=["model.input=one_hot", "model.embedding_size=0"]), "one-hot")
        self.refused(self.train(out, sets=["model.embedding.form=x"]), "model.embedding.form", "from")
        self.assertFalse(out.exists())


if __name__ == "__main__":
    main()

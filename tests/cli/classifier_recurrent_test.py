"""Recurrent classifiers: runs that repeat, resume, evaluate and answer in batches, attention, and what is refused."""
import json

from support import ROOT, CliTest, main, metrics, run

TINY = ROOT / "configs/classifier/tiny_lstm.json"
ROWS = [line.split("\t") for line in (ROOT / "configs/classifier/tiny.tsv").read_text("utf-8").splitlines()[1:]]


class RecurrentClassifier(CliTest):
    def train(self, folder, *arguments, sets=()):
        return run("train", "--config", TINY, *arguments, *(f"--set={s}" for s in [f"out={folder}", *sets]))

    def answers(self, folder, text, *arguments):
        return self.succeeded(run("predict", folder, *arguments, stdin=text)).out.split("\n")[:-1]

    def test_it_learns_answers_and_shows_what_it_attends_to(self):
        out = self.folder / "run"
        self.succeeded(self.train(out))
        found = json.loads(self.succeeded(run("eval", out, "--expect", "accuracy>=0.95")).out)
        self.assertEqual(found["count"], 48)
        self.assertEqual(sum(map(sum, found["confusion"])), 48)
        valid = [entry for entry in metrics(out) if entry["kind"] == "valid"]
        self.assertAlmostEqual(min(entry["loss"] for entry in valid), found["loss"], places=5)
        self.assertIn('"texts_per_second"', (out / "metrics.jsonl").read_text())

        done = self.succeeded(run("predict", out, "--json", stdin=b"the walk was dull\n\n\xff\n" + b"dull " * 200000))
        lines = done.out.split("\n")[:-1]
        self.assertEqual((len(lines), lines[2]), (4, ""))
        self.assertIn("line 3: not valid UTF-8 (0xff)", done.err)
        first = json.loads(lines[0])
        self.assertEqual((first["labels"][0]["label"], first["tokens"]), ("bad", ["the", "walk", "was", "dull"]))
        self.assertAlmostEqual(sum(first["attention"]), 1, places=5)
        self.assertEqual(max(zip(first["attention"], first["tokens"]))[1], "dull")
        self.assertEqual(json.loads(lines[1])["attention"], [])
        self.assertEqual(json.loads(lines[3])["features"], 200000)

        nearest = self.succeeded(run("vectors", "nearest", out, "dull", "-k", 2))
        self.assertEqual(len(nearest.out.splitlines()), 2)
        predictions = json.loads((out / "predictions.json").read_text())
        self.assertEqual(sum(map(sum, predictions["confusion"])), 48)

    def test_answers_do_not_depend_on_batches_and_threads(self):
        out = self.folder / "run"
        self.succeeded(self.train(out, sets=["train.max_epochs=2"]))
        text = "\n".join(text for _, text in ROWS) + "\n\n"
        expected = None
        for size, threads in ((1, 1), (7, 1), (64, 2)):
            config = json.loads((out / "config.json").read_text())
            config["eval"]["batch_size"] = size
            (out / "config.json").write_text(json.dumps(config))
            found = [line.split("\t") for line in self.answers(out, text, "--threads", threads)]
            expected = expected or found
            self.assertEqual([label for label, _ in found], [label for label, _ in expected])
            for (_, one), (_, other) in zip(found, expected):
                self.assertAlmostEqual(float(one), float(other), delta=2e-6)

    def test_a_killed_run_goes_on_as_if_nothing_had_been(self):
        sets = ["train.max_epochs=40", "train.checkpoint_every_steps=3", "model.dropout=0.2", "model.layers=2",
                "model.embedding_dropout=0.2", "model.output_dropout=0.2"]
        self.outlives_kills(TINY, sets, seconds=0.4)

    def test_every_encoder_pooling_and_option_trains(self):
        for sets in (["model.encoder=rnn", "model.pooling=last", "model.bidirectional=false"],
                     ["model.encoder=gru", "model.pooling=max", "train.kernel=plain"],
                     ["model.pooling=mean", "model.class_weights=balanced", "model.label_smoothing=0.1"],
                     ["model.pooling=last", "train.precision=bf16", "train.schedule.type=linear", "train.clip_norm=1"],
                     ["model.max_tokens=6", "model.keep=both", "tokenizer.type=bpe", "tokenizer.vocab_size=100"]):
            with self.subTest(sets=sets):
                out = self.folder / "run"
                self.succeeded(self.train(out, "--overwrite", sets=sets))
                self.succeeded(run("eval", out, "--expect", "accuracy>0.8"))

    def test_several_labels_of_a_text(self):
        rows = "".join(f"{label}|{'café' if 'café' in text else 'other'}\t{text}\n" for label, text in ROWS)
        corpus = self.file("a.tsv", "label\ttext\n" + rows)
        out = self.folder / "run"
        sets = [f"data.corpus={corpus}", "data.examples.separator=|", "model.multi_label=true", "train.max_epochs=20"]
        self.succeeded(self.train(out, sets=sets))
        self.assertGreater(json.loads(self.succeeded(run("eval", out)).out)["labels"]["good"]["f1"], 0.9)
        self.assertEqual(len(self.answers(out, "the soup was lovely.\n", "--top-k", 4)[0].split("\t")), 8)

    def test_vectors_that_were_made_elsewhere_begin_or_stay(self):
        words = sorted({word for _, text in ROWS for word in text.lower().replace(".", " ").replace(",", " ").split()})
        vectors = self.file("vectors.txt", "".join(
            f"{word} {' '.join(str(((i * 7 + k * 3) % 11) / 10) for k in range(8))}\n" for i, word in enumerate(words)))
        out = self.folder / "run"
        sets = [f"model.embedding.from={vectors}", "model.embedding.freeze=true"]
        self.assertIn("none is trained", self.succeeded(self.train(out, sets=sets)).err)
        shown = self.folder / "shown.txt"
        self.succeeded(run("vectors", "convert", out, "--format", "glove", "-o", shown))
        row = next(line for line in shown.read_text().splitlines() if line.startswith("dull "))
        given = next(line for line in vectors.read_text().splitlines() if line.startswith("dull "))
        self.assertEqual([float(x) for x in row.split()[1:]], [float(x) for x in given.split()[1:]])
        self.refused(self.train(out, "--overwrite", sets=[*sets, "model.embedding_size=9"]), "set model.embedding_size=8")

    def test_what_an_encoder_does_not_read_is_refused(self):
        out = self.folder / "run"
        for key, value in (("word_ngrams", 2), ("values", "set"), ("activation", "tanh"), ("init_std", 0.1)):
            self.refused(self.train(out, sets=[f"model.{key}={value}"]), f"model.{key}: the encoder lstm does not read it")
        self.refused(self.train(out, sets=["model.pooling=sum"]), "model.pooling")
        self.refused(self.train(out, sets=["train.window=9"]), "train.window")
        self.refused(self.train(out, sets=["model.encoder=gru", "model.forget_bias=2"]), "model.forget_bias")
        self.refused(self.train(out, sets=["model.embedding.freeze=true"]), "model.embedding.freeze")
        bag = ["model.encoder=bag", "model.pooling=mean", "model.embedding_size=0", "train.batch_size=50"]
        self.refused(self.train(out, sets=bag), "model.bidirectional: the encoder bag does not read it")
        self.refused(self.train(out, sets=["model.encoder=bag", "model.bidirectional=false", "model.embedding_size=0"]),
                     "model.pooling: attention is not for a bag")
        self.refused(self.train(out, sets=["train.max_epochs=null"]), "train.max_epochs")
        self.succeeded(self.train(out, sets=["train.max_epochs=1"]))
        self.refused(run("eval", out, "--file", self.file("b.tsv", "label\ttext\nugly\tx\n")),
                     'b.tsv:2: the label "ugly" is none of bad, good')
        done = self.train(out, "--overwrite", sets=["train.learning_rate=1e30", "train.max_epochs=3"])
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("diverged", done.err)


if __name__ == "__main__":
    main()

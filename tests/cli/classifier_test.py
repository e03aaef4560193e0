"""Classifiers: runs that repeat, resume, evaluate and answer, the formats of their data, and what is refused."""
import json
import os

from support import ROOT, CliTest, main, metrics, run, tensors

TINY = ROOT / "configs/classifier/tiny.json"
ROWS = [line.split("\t") for line in (ROOT / "configs/classifier/tiny.tsv").read_text("utf-8").splitlines()[1:]]


class Classifier(CliTest):
    def train(self, folder, *arguments, sets=()):
        return run("train", "--config", TINY, *arguments, *(f"--set={s}" for s in [f"out={folder}", *sets]))

    def answers(self, folder, text, *arguments):
        return self.succeeded(run("predict", folder, *arguments, stdin=text)).out.split("\n")[:-1]

    def test_it_learns_to_tell_good_from_bad(self):
        out = self.folder / "run"
        self.succeeded(self.train(out))
        found = json.loads(self.succeeded(run("eval", out, "--expect", "accuracy>=0.95")).out)
        self.assertEqual(found["count"], 48)
        self.assertEqual(sum(map(sum, found["confusion"])), 48)
        self.assertEqual(set(found["labels"]), {"good", "bad"})
        losses = [entry["loss"] for entry in metrics(out) if entry["kind"] == "train"]
        self.assertLess(losses[-1], losses[0] / 2)
        answers = self.answers(out, "the soup was lovely.\nthe walk was dull, the music was cold.\n")
        self.assertEqual([answer.split("\t")[0] for answer in answers], ["good", "bad"])
        nearest = self.succeeded(run("vectors", "nearest", out, "dull", "--metric", "euclidean", "-k", 3))
        self.assertEqual({line.split("\t")[0] for line in nearest.out.splitlines()}, {"cold", "grey", "tired"})

    def table(self, folder):
        """The vectors of a run's words."""
        names = (folder / "vocabulary.txt").read_text("utf-8").split()
        flat = tensors(folder / "model.safetensors")["vectors"]
        size = len(flat) // len(names)
        return {name: list(flat[i * size:(i + 1) * size]) for i, name in enumerate(names)}

    def test_words_begin_with_given_vectors_and_keep_them_when_frozen(self):
        given = {"lovely": [1, 2, 3, 4, 5, 6, 7, 8], "dull": [8, 7, 6, 5, 4, 3, 2, 1], "zebra": [1] * 8}
        vectors = self.file("vectors.txt", "3 8\n" + "".join(f"{word} {' '.join(map(str, row))}\n"
                                                            for word, row in given.items()))
        sets = [f"model.embedding.from={vectors}", "train.max_epochs=2"]
        freeze = [*sets, "model.embedding.freeze=true"]
        start, frozen, trained = (self.folder / name for name in ("start", "frozen", "trained"))
        self.succeeded(self.train(start, sets=[*freeze, "train.learning_rate=1e-30"]))
        done = self.succeeded(self.train(frozen, sets=freeze))
        self.assertIn("embedding: 2 of ", done.err)
        self.succeeded(self.train(trained, sets=sets))
        self.assertEqual(self.table(frozen), self.table(start))
        self.assertNotEqual(tensors(frozen / "model.safetensors")["word_ngrams"],
                            tensors(start / "model.safetensors")["word_ngrams"])
        for word in ("lovely", "dull"):
            self.assertEqual(self.table(frozen)[word], given[word])
            self.assertNotEqual(self.table(trained)[word], given[word])
        os.remove(vectors)  # all is in the run
        self.succeeded(run("train", "--resume", frozen, "--set", "train.max_epochs=3"))
        self.assertEqual(self.table(frozen), self.table(start))

    def test_texts_without_any_label_are_refused(self):
        file = self.file("none.jsonl", '{"text": "a b", "label": []}\n{"text": "c d", "label": []}\n')
        for several in ("true", "false"):
            sets = ["data.corpus=[]", f"data.train={file}", f"model.multi_label={several}"]
            self.refused(self.train(self.folder / "run", sets=sets), "none.jsonl: none of the 2 examples has a label")

    def test_a_column_that_is_there_twice_is_refused(self):
        file = self.file("twice.tsv", "label\ttext\ttext\ngood\ta\tb\nbad\tc\td\n")
        self.refused(self.train(self.folder / "run", sets=["data.corpus=[]", f"data.train={file}"]),
                     'twice.tsv:1: two columns are called "text"')
        self.refused(self.train(self.folder / "run", sets=["device=cuda"]), "device: cuda is not for a classifier")

    def test_without_one_of_two_labels_there_is_no_ranking(self):
        out = self.folder / "run"
        self.succeeded(self.train(out))
        file = self.file("good.tsv", "label\ttext\ngood\tthe soup was lovely\n")
        found = json.loads(self.succeeded(run("eval", out, "--file", file)).out)
        self.assertEqual(found["accuracy"], 1)
        self.assertNotIn("auc", found)

    def test_given_vectors_of_another_length_are_refused(self):
        vectors = self.file("vectors.txt", "1 3\nlovely 1 2 3\n")
        sets = [f"model.embedding.from={vectors}"]
        self.refused(self.train(self.folder / "run", sets=sets), "vectors of 3 numbers", "set model.hidden_size=3")
        self.refused(self.train(self.folder / "run", sets=["model.embedding.freeze=true"]), "model.embedding.freeze")

    def test_a_run_leaves_its_predictions_for_the_report(self):
        out = self.folder / "run"
        words = "<i>hot</i> & cold"
        rows = [*ROWS, *((label, f"{words} number {i}") for i in range(20) for label in ("good", "bad"))]
        corpus = self.file("a.tsv", "label\ttext\n" + "".join(f"{label}\t{text}\n" for label, text in rows))
        self.succeeded(self.train(out, sets=[f"data.corpus={corpus}"]))
        found = json.loads((out / "predictions.json").read_text("utf-8"))
        evaluated = json.loads(self.succeeded(run("eval", out)).out)
        self.assertEqual(found["confusion"], evaluated["confusion"])
        wrong = sum(map(sum, found["confusion"])) - sum(found["confusion"][i][i] for i in range(2))
        mistakes = found["mistakes"]
        self.assertGreater(wrong, 0)
        self.assertEqual(len(mistakes), wrong)
        for mistake in mistakes:
            self.assertIn((mistake["label"][0], mistake["text"]), [tuple(row) for row in rows])
            answer = self.answers(out, mistake["text"] + "\n")[0].split("\t")
            self.assertEqual([answer[0]], mistake["answer"])
            self.assertAlmostEqual(float(answer[1]), mistake["probability"], places=5)
        self.succeeded(run("report", out))
        page = (out / "report.html").read_text("utf-8")
        self.assertIn("Most confident mistakes", page)
        self.assertIn("&lt;i&gt;hot&lt;/i&gt; &amp; cold number", page)
        self.assertNotIn("<i>hot", page)
        (out / "predictions.json").write_text('{"labels": ["a"], "confusion": [[1, 2]]}')
        self.refused(run("report", out), "predictions.json: confusion[0]: 2 columns")
        self.succeeded(run("train", "--resume", out))
        self.assertEqual(json.loads((out / "predictions.json").read_text("utf-8")), found)
        alone = self.folder / "alone"
        self.succeeded(self.train(alone, sets=["data.corpus=[]", f"data.train={corpus}"]))
        self.assertFalse((alone / "predictions.json").exists())

    def test_every_line_has_its_answer(self):
        out = self.folder / "run"
        self.succeeded(self.train(out))
        done = run("predict", out, "--top-k", 2, "--json", stdin=b"lovely\n\n\xff\nx\n" + b"dull " * 200000)
        self.succeeded(done)
        lines = done.out.split("\n")[:-1]
        self.assertEqual(len(lines), 5)
        self.assertEqual(lines[2], "")
        self.assertIn("line 3: not valid UTF-8 (0xff)", done.err)
        for line in (lines[0], lines[1], lines[3], lines[4]):
            labels = json.loads(line)["labels"]
            self.assertAlmostEqual(sum(label["probability"] for label in labels), 1, places=5)
        self.assertEqual(json.loads(lines[4])["labels"][0]["label"], "bad")
        text = "\n".join(text for _, text in ROWS * 20) + "\n"
        one, two = (self.answers(out, text, "--threads", threads) for threads in (1, 2))
        self.assertEqual(one, two)

    def test_every_format_trains_the_same_model(self):
        quoted = ['"' + text.replace('"', '""') + '"' for _, text in ROWS]
        files = {
            "a.tsv": "".join(f"{label}\t{text}\n" for label, text in [("label", "text"), *ROWS]),
            "a.csv": "text,label\n" + "".join(f"{text},{label}\n" for text, (label, _) in zip(quoted, ROWS)),
            "a.jsonl": "".join(json.dumps({"label": label, "text": text}) + "\n" for label, text in ROWS),
            "a.txt": "".join(f"__label__{label} {text}\n" for label, text in ROWS)}
        models = set()
        for name, content in files.items():
            out = self.folder / f"run-{name}"
            self.succeeded(self.train(out, sets=[f"data.corpus={self.file(name, content)}"]))
            models.add((out / "model.safetensors").read_bytes())
        self.assertEqual(len(models), 1)
        for number, (label, text) in enumerate(ROWS):
            (self.folder / "all" / label).mkdir(parents=True, exist_ok=True)
            (self.folder / "all" / label / f"{number}.txt").write_text(text, encoding="utf-8")
        out = self.folder / "folders"
        self.succeeded(self.train(out, sets=[f"data.corpus={self.folder / 'all'}", "data.examples.format=folders"]))
        self.succeeded(run("eval", out, "--file", self.folder / "a.tsv"))

    def test_a_killed_run_goes_on_as_if_nothing_had_been(self):
        sets = ["train.max_epochs=300", "train.checkpoint_every_steps=2", "model.dropout=0.2"]
        self.outlives_kills(TINY, sets, seconds=0.05)

    def test_a_run_that_stopped_early_trains_no_more_without_more_patience(self):
        out = self.folder / "run"
        self.succeeded(self.train(out, sets=["train.patience=1", "train.max_epochs=50", "train.min_improvement=10"]))
        self.stopped_early(out, evaluations=3)

    def test_the_seed_and_the_fold_decide_who_validates(self):
        tokens = set()
        for seed, fold in ((1, 1), (1, 2), (1, 3), (2, 1)):
            out = self.folder / f"fold{fold}-{seed}"
            self.succeeded(self.train(out, "--seed", seed, sets=["data.examples.folds=3", f"data.examples.fold={fold}",
                                                                 "train.max_epochs=1"]))
            self.assertEqual(json.loads(run("eval", out).out)["count"], 80)
            tokens.add((out / "tokens/valid.bin").read_bytes())
        self.assertEqual(len(tokens), 4)

    def test_what_was_encoded_and_lost_is_encoded_anew(self):
        out = self.folder / "run"
        words = self.file("stop.txt", "the\n")
        self.succeeded(self.train(out, sets=[f"model.stop_words={words}"]))
        (out / "tokens/valid.bin").unlink()
        words.unlink()
        self.succeeded(run("predict", out, stdin="the soup\n"))
        words.write_text("the\n")
        self.succeeded(run("train", "--resume", out, "--set", "train.max_epochs=21"))
        self.assertEqual([entry["epoch"] for entry in metrics(out) if entry["kind"] == "valid"][-1], 21)

    def test_several_labels_of_a_text(self):
        rows = "".join(f"{label}|{'café' if 'café' in text else 'other'}\t{text}\n" for label, text in ROWS)
        corpus = self.file("a.tsv", "label\ttext\n" + rows)
        out = self.folder / "run"
        sets = [f"data.corpus={corpus}", "data.examples.separator=|"]
        self.refused(self.train(out, sets=sets), "a.tsv:2: 2 labels, but the model gives one")
        self.succeeded(self.train(out, sets=[*sets, "model.multi_label=true"]))
        found = json.loads(self.succeeded(run("eval", out)).out)
        self.assertGreater(found["labels"]["good"]["f1"], 0.95)
        predictions = json.loads((out / "predictions.json").read_text("utf-8"))
        self.assertEqual(predictions["confusion"], [])
        self.assertEqual([counts["wanted"] for counts in predictions["counts"]],
                         [found["labels"][label]["count"] for label in predictions["labels"]])
        self.succeeded(run("report", out))
        answer = self.answers(out, "the soup was lovely.\n", "--top-k", 4)[0].split("\t")
        self.assertEqual(len(answer), 8)

    def test_options_of_the_bag_all_train(self):
        for sets in (["model.values=tf_idf"], ["model.values=set", "model.pooling=sum", "model.activation=sigmoid"],
                     ["model.class_weights=balanced", "model.label_smoothing=0.1"],
                     ["model.max_tokens=5", "model.keep=both", "tokenizer.type=bpe", "tokenizer.vocab_size=100"]):
            with self.subTest(sets=sets):
                out = self.folder / "run"
                self.succeeded(self.train(out, "--overwrite", sets=sets))
                self.succeeded(run("eval", out, "--expect", "accuracy>0.8"))

    def test_wrong_inputs(self):
        out = self.folder / "run"
        for content, message in (("label\ttext\na\tx\na\ty\n", '"a" is the only label of its 2 examples'),
                                 ("label\tbody\na\tx\n", 'no column "text"'),
                                 ("label\ttext\n", "no examples to train on"),
                                 ("label\ttext\na\tx\nb\n", ":3: 1 columns")):
            self.refused(self.train(out, sets=[f"data.corpus={self.file('a.tsv', content)}"]), message)
        self.refused(self.train(out, sets=["train.optimizer.type=sgd"]), "train.optimizer.type")
        self.refused(self.train(out, sets=["train.schedule.type=cosine"]), "train.schedule.type: cosine")
        self.refused(self.train(out, sets=["train.schedule.warmup_steps=9"]), "train.schedule.warmup_steps")
        self.refused(self.train(out, sets=["model.values=tf_idf", "model.pooling=sum"]), "model.pooling")
        self.refused(self.train(out, sets=["data.corpus=[]", f"data.train={ROOT / 'configs/classifier/tiny.tsv'}",
                                           "data.examples.folds=3"]), "data.examples.folds: cuts data.corpus")
        self.refused(self.train(out, sets=["train.max_epochs=null"]), "train.max_epochs")
        self.refused(self.train(out, sets=["data.examples.fold=2"]), "data.examples.fold: there are no folds")
        self.refused(self.train(out, sets=["data.examples.folds=500"]), "500 folds of 240 examples")
        self.refused(self.train(out, sets=["data.examples.folds=3", "data.examples.fold=4"]), "4 of 3 folds")
        done = self.train(out, sets=["train.learning_rate=1e30"])
        self.assertEqual(done.code, 1)
        self.assertIn("lower train.learning_rate", done.err)
        look_alikes = "label\ttext\n" + "".join(f"{'Good' if i < 9 else label}\t{text}\n"
                                               for i, (label, text) in enumerate(ROWS))
        done = self.train(out, "--overwrite", sets=[f"data.corpus={self.file('a.tsv', look_alikes)}"])
        self.succeeded(done)
        self.assertIn('the labels "Good" and "good" differ only in case', done.err)
        self.refused(run("eval", out, "--file", self.file("b.tsv", "label\ttext\nugly\tx\n")),
                     'b.tsv:2: the label "ugly" is none of Good, bad, good')
        self.refused(run("eval", out, "--split", "test"), "no test part")
        weights = out / "model.safetensors"
        os.truncate(weights, weights.stat().st_size - 7)
        self.refused(run("predict", out, stdin="x\n"), "model.safetensors")


if __name__ == "__main__":
    main()

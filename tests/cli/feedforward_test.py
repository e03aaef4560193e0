"""Feed-forward networks: made-up sets, textbook runs, answers, pictures, resuming, and what is refused."""
import gzip
import json
import math
import random
import struct

from support import ROOT, CliTest, main, metrics, run

CONFIGS = ROOT / "configs/feedforward"


def idx(magic, shape, data):
    return struct.pack(f">I{len(shape)}I", magic, *shape) + bytes(data)


class FeedforwardTest(CliTest):
    def train(self, config, folder, *arguments, sets=()):
        return run("train", "--config", CONFIGS / f"{config}.json", "--threads", 1, "--quiet", *arguments,
                   *(f"--set={s}" for s in [f"out={folder}", *sets]))

    def trained(self, config, *arguments, sets=(), name="run"):
        self.succeeded(self.train(config, self.folder / name, *arguments, sets=sets))
        return self.folder / name

    def answers(self, folder, text, *arguments):
        return self.succeeded(run("predict", folder, "--quiet", *arguments, stdin=text)).out.split("\n")[:-1]

    def probabilities(self, folder, text="0,0\n0,1\n1,0\n1,1\n"):
        """Of class 1."""
        both = [json.loads(line)["labels"] for line in self.answers(folder, text, "--json", "--top-k", 2)]
        return [next(one["probability"] for one in labels if one["label"] == "1") for labels in both]

    def csv(self, name, rows):
        return self.file(name, "a,b,y\n" + "".join(row + "\n" for row in rows))


class MadeUpSets(FeedforwardTest):
    def made(self, *arguments):
        return self.succeeded(run("data", "make", *arguments)).out

    def test_a_set_is_csv_on_stdout_the_same_for_the_same_seed(self):
        self.assertEqual(self.made("gates", "--gate", "and"), "x1,x2,y\n0,0,0\n0,1,0\n1,0,0\n1,1,1\n")
        for name, rows in (("gaussians", 20), ("moons", 300), ("cosine", 30)):
            text = self.made(name)
            self.assertEqual(text.count("\n"), rows + 1)
            self.assertEqual(text, self.made(name))
            self.assertNotEqual(text, self.made(name, "--seed", 2))
        self.succeeded(run("data", "make", "moons", "--points", 10, "--out", self.folder / "m.csv"))
        self.assertEqual((self.folder / "m.csv").read_text(), self.made("moons", "--points", 10))

    def test_a_config_draws_the_same_points_as_the_command(self):
        file = self.file("moons.csv", self.made("moons"))
        one = self.trained("moons", sets=["train.max_epochs=2"])
        two = self.trained("moons", name="two", sets=["train.max_epochs=2", "data.numeric.generate.set=",
                                                      f"data.corpus={file}"])
        self.assertEqual((one / "model.safetensors").read_bytes(), (two / "model.safetensors").read_bytes())

    def test_options_that_a_set_does_not_use_are_refused(self):
        self.refused(run("data", "make", "spirals"), "spirals")
        self.refused(run("data", "make", "gates", "--points", 5), "--points: gates does not use it")
        self.refused(run("data", "make", "moons", "--gate", "and"), "--gate: moons does not use it")
        self.refused(run("data", "make"), "NAME")
        self.refused(run("data"), "make")


class Textbook(FeedforwardTest):
    def test_error_correction_ends_with_the_first_clean_sweep(self):
        for gate, presentations, changes, expected in (("and", 24, 11, "0001"), ("or", 16, None, "0111")):
            folder = self.trained(f"perceptron_{gate}", name=gate)
            steps = [entry for entry in metrics(folder) if entry["kind"] == "train"]
            self.assertEqual(len(steps), presentations)
            if changes:
                self.assertEqual(sum(entry["loss"] for entry in steps), changes)
            self.assertEqual([entry["loss"] for entry in steps[-4:]], [0, 0, 0, 0])
            answers = self.answers(folder, "0,0\n0,1\n1,0\n1,1\n")
            self.assertEqual("".join(answer[0] for answer in answers), expected)

    def test_weights_of_a_small_network_are_told(self):
        said = self.succeeded(run("train", "--config", CONFIGS / "perceptron_and.json", f"--set=out={self.folder}/a")).err
        self.assertIn("weight_1: 2 1", said)
        self.assertIn("bias_1: -3", said)

    def test_the_perceptron_separates_two_clouds(self):
        folder = self.trained("perceptron_gaussians")
        found = json.loads(self.succeeded(run("eval", folder, "--split", "train")).out)
        self.assertEqual(found["accuracy"], 1)
        self.assertEqual(self.answers(folder, "0,0\n5,5\n"), ["0\t1.000000", "1\t1.000000"])

    def test_logistic_regression_of_or_has_the_textbook_s_probabilities(self):
        found = self.probabilities(self.trained("logistic_or"))
        for ours, reference in zip(found, (0.2236, 0.9143, 0.9143, 0.9975)):
            self.assertAlmostEqual(ours, reference, delta=0.00005)

    def test_logistic_regression_of_xor_fails(self):
        for ours in self.probabilities(self.trained("logistic_xor")):
            self.assertAlmostEqual(ours, 0.5, delta=0.08)

    def test_two_sigmoid_units_learn_xor(self):
        for ours, reference in zip(self.probabilities(self.trained("xor")), (0.008, 0.991, 0.991, 0.013)):
            self.assertAlmostEqual(ours, reference, delta=0.02)

    def test_three_clouds_are_separated_by_a_softmax(self):
        folder = self.trained("softmax_gaussians")
        self.succeeded(run("eval", folder, "--split", "train", "--expect", "accuracy>=0.99"))

    def test_a_steeper_polynomial_fits_its_points_better(self):
        losses = []
        for degree in (1, 4, 16):
            folder = self.trained(f"polynomial_{degree}", name=f"p{degree}")
            losses.append(json.loads(self.succeeded(run("eval", folder, "--split", "train")).out)["loss"])
            fit = json.loads((folder / "fit.json").read_text())
            self.assertEqual(fit["title"], f"degree {degree}")
            self.assertEqual(len(fit["points"]), 30)
            self.assertEqual(len(fit["curve"]), len(fit["truth"]))
            for x, y in fit["truth"]:
                self.assertAlmostEqual(y, math.cos(1.5 * math.pi * x), places=3)
        self.assertGreater(losses[0], 0.1)
        self.assertLess(losses[1], 0.02)
        self.assertLess(losses[2], losses[1])


class Verbs(FeedforwardTest):
    def test_eval_says_how_good_each_class_is(self):
        folder = self.trained("tiny")
        found = json.loads(self.succeeded(run("eval", folder, "--expect", "accuracy>=0.9")).out)
        self.assertEqual(found["count"], 60)
        self.assertEqual(set(found["labels"]), {"0", "1", "2"})
        self.assertEqual(sum(map(sum, found["confusion"])), 60)
        last = [entry for entry in metrics(folder) if entry["kind"] == "valid" and entry["best"]][-1]
        self.assertAlmostEqual(found["loss"], last["loss"], places=6)
        self.assertAlmostEqual(found["accuracy"], last["accuracy"], places=6)
        for split, count in (("train", 180), ("test", 60)):
            self.assertEqual(json.loads(self.succeeded(run("eval", folder, "--split", split)).out)["count"], count)
        file = self.file("more.csv", "x1,x2,class\n0,10,0\n10,0,2\n5,5,1\n")
        self.assertEqual(json.loads(self.succeeded(run("eval", folder, "--file", file)).out)["accuracy"], 1)

    def test_every_line_has_its_answer(self):
        folder = self.trained("tiny")
        done = self.succeeded(run("predict", folder, stdin="0,10\n\nx,1\n1\n1,2,3\n 5 , 5 \nnan,1"))
        lines = done.out.split("\n")[:-1]
        self.assertEqual([line.split("\t")[0] for line in lines], ["0", "", "", "", "", "1", ""])
        self.assertIn("line 3: cell 1 is not a number: no answer", done.err)
        self.assertIn("line 4: 1 cells, expected 2: no answer", done.err)
        self.assertIn("line 5: 3 cells, expected 2: no answer", done.err)
        three = json.loads(self.answers(folder, "0,10\n", "--json", "--top-k", 5)[0])["labels"]
        self.assertAlmostEqual(sum(one["probability"] for one in three), 1, places=5)
        self.assertEqual(three[0]["label"], "0")
        many = [f"{random.Random(i).uniform(0, 10)},{i % 10}" for i in range(600)]
        together = self.answers(folder, "\n".join(many) + "\n")
        self.assertEqual(together[300:302], self.answers(folder, "\n".join(many[300:302]) + "\n"))
        self.assertEqual(len(together), 600)

    def test_a_number_is_predicted_as_one(self):
        rows = [f"{a},{b},{3 * a - 2 * b + 1}" for a in range(10) for b in range(10)]
        sets = ["model.hidden=[]", "model.init=least_squares", "train.precision=fp64", "train.max_epochs=null",
                "train.max_steps=0", "data.numeric.generate.set=", "data.numeric.generate.classes=2",
                "data.numeric.target_kind=number", f"data.corpus={self.csv('line.csv', rows)}"]
        folder = self.trained("tiny", sets=sets)
        self.assertEqual(self.answers(folder, "1,1\n10,-10\n"), ["2", "51"])
        self.assertAlmostEqual(json.loads(self.answers(folder, "2,0\n", "--json")[0])["value"], 7)
        self.refused(run("predict", folder, "--top-k", 2, stdin="1,1\n"), "--top-k", "a number")
        found = json.loads(self.succeeded(run("eval", folder)).out)
        self.assertLess(found["loss"], 1e-12)
        self.assertNotIn("accuracy", found)

    def test_images_are_rows_of_pixels(self):
        pixels = [[200 if (i % 2 == 0) == (p < 8) else 20 for p in range(16)] for i in range(40)]
        images = self.file("a-images-idx3-ubyte.gz", gzip.compress(idx(0x803, [40, 4, 4], sum(pixels, []))))
        self.file("a-labels-idx1-ubyte.gz", gzip.compress(idx(0x801, [40], [3 + 4 * (i % 2) for i in range(40)])))
        folder = self.trained("tiny", sets=["data.numeric.generate.set=", "data.numeric.generate.classes=2",
                                            "data.numeric.normalise=unit", f"data.corpus={images}"])
        self.succeeded(run("eval", folder, "--expect", "accuracy>=1"))
        self.assertEqual(self.answers(folder, ",".join(map(str, pixels[0])) + "\n")[0][0], "3")
        self.assertFalse((folder / "boundary.json").exists())

    def test_every_row_validates_in_one_fold(self):
        rows = [f"{i},{-i},{'p' if i < 6 else 'q'}" for i in range(12)]
        file = self.csv("rows.csv", rows)
        counts = []
        for fold in (1, 2, 3):
            folder = self.trained("tiny", name=f"fold{fold}",
                                  sets=["data.numeric.generate.set=", "data.numeric.generate.classes=2",
                                        f"data.corpus={file}", "data.numeric.folds=3", f"data.numeric.fold={fold}"])
            counts.append(json.loads(self.succeeded(run("eval", folder)).out)["count"])
        self.assertEqual(counts, [4, 4, 4])

    def test_a_finished_run_has_its_boundary(self):
        folder = self.trained("tiny")
        found = json.loads((folder / "boundary.json").read_text())
        self.assertEqual(len(found["grid"]), found["columns"] * found["rows"])
        self.assertEqual(len(found["confidence"]), len(found["grid"]))
        self.assertEqual(found["names"], ["0", "1", "2"])
        self.assertEqual(found["axes"], ["x1", "x2"])
        self.assertEqual([sum(point[3] == part for point in found["points"]) for part in (0, 1)], [180, 60])
        for row, column in ((0, 0), (found["rows"] - 1, found["columns"] - 1), (10, 40)):
            x, y = (low + (high - low) * (at + 0.5) / count for (low, high), at, count in
                    ((found["x"], column, found["columns"]), (found["y"], row, found["rows"])))
            answer, confidence = self.answers(folder, f"{x},{y}\n")[0].split("\t")
            place = row * found["columns"] + column
            self.assertEqual(answer, found["names"][found["grid"][place]])
            self.assertAlmostEqual(float(confidence), found["confidence"][place], places=2)

    def test_a_resumed_run_is_the_unbroken_one(self):
        sets = ["model.batch_norm=true", "model.dropout=0.5", "model.activation=rrelu", "train.eval_every_steps=4",
                "train.log_every=1"]
        whole = self.trained("tiny", name="whole", sets=[*sets, "train.max_epochs=4"])
        part = self.trained("tiny", name="part", sets=[*sets, "train.max_epochs=1.5"])
        self.succeeded(run("train", part, "--resume", "--quiet", "--set", "train.max_epochs=4"))
        ours, theirs = ([entry for entry in metrics(folder) if entry["kind"] == "train"] for folder in (part, whole))
        self.assertEqual(ours, theirs)
        self.assertEqual((part / "model.safetensors").read_bytes(), (whole / "model.safetensors").read_bytes())

    def test_training_stops_after_its_patience(self):
        sets = ["train.patience=2", "train.max_epochs=500", "train.learning_rate=0", "train.eval_every_epochs=1"]
        folder = self.trained("tiny", sets=sets)
        valid = [entry for entry in metrics(folder) if entry["kind"] == "valid"]
        self.assertEqual([entry["best"] for entry in valid], [True, False, False, False])


class WrongInput(FeedforwardTest):
    NO_SET = ["data.numeric.generate.set=", "data.numeric.generate.classes=2"]

    def refuse_rows(self, rows, *words, sets=()):
        file = self.csv("rows.csv", rows)
        self.refused(self.train("tiny", self.folder / "run", sets=[*self.NO_SET, f"data.corpus={file}", *sets]), *words)
        self.assertFalse((self.folder / "run").exists())

    def test_cells_that_are_no_numbers(self):
        good = ["1,2,x", "2,3,z"] * 5
        self.refuse_rows([*good, "1,,x"], "rows.csv:12: column \"b\" is empty")
        self.refuse_rows([*good, "1,two,x"], "rows.csv:12: column \"b\": \"two\" is not a number")
        self.refuse_rows([*good, "1,1e300,x"], "rows.csv:12: column \"b\": \"1e300\" is not a number")
        self.refuse_rows(good, "data.numeric.inputs: \"b\" stands there twice", sets=['data.numeric.inputs=["b","b"]'])
        self.refuse_rows([*good, "1,2"], "rows.csv:12: 2 cells, but the header names 3")
        self.refuse_rows([], "no rows")
        self.refuse_rows(good, "no column \"c\"", "data.numeric.target", sets=["data.numeric.target=c"])
        self.refuse_rows(["1,2,x", "2,3,x"] * 5, "all 6 rows to train on are of the class \"x\"")

    def test_constant_columns(self):
        self.refuse_rows(["1,2,x", "1,3,z"] * 5, "column \"a\" is 1 in all", "standardise")

    def test_more_folds_than_rows(self):
        self.refuse_rows(["1,2,x", "2,3,z"], "data.numeric.folds: 5 folds of 2 examples", sets=["data.numeric.folds=5"])
        self.refuse_rows(["1,2,x", "2,3,z"], "data.numeric.fold: there are no folds", sets=["data.numeric.fold=3"])
        self.refuse_rows(["1,2,x", "2,3,z"], "data.numeric.fold: 3 of 2 folds",
                         sets=["data.numeric.folds=2", "data.numeric.fold=3"])
        self.refuse_rows(["1,2,x"], "too few")

    def test_labels_out_of_range(self):
        files = [self.csv(name, rows) for name, rows in (("train.csv", ["1,2,x", "2,3,z"] * 5), ("valid.csv", ["1,2,w"]))]
        sets = [*self.NO_SET, f"data.train={files[0]}", f"data.valid={files[1]}", "data.split=[0.9,0.1,0]"]
        self.refused(self.train("tiny", self.folder / "run", sets=sets), "valid.csv:2: y \"w\" is out of range", "x, z")
        folder = self.trained("tiny")
        more = self.file("more.csv", "x1,x2,class\n0,10,0\n10,0,3\n")
        self.refused(run("eval", folder, "--file", more), "more.csv:3: class \"3\" is out of range")
        other = self.file("other.csv", "a,b,class\n0,10,0\n")
        self.refused(run("eval", folder, "--file", other), "other inputs than the model was trained on")

    def test_idx_files_that_are_none(self):
        images = idx(0x803, [4, 2, 2], range(16))
        labels = idx(0x801, [4], [0, 1, 0, 1])
        for pictures, names, words in (
                (images[:20], labels, ("images-idx3", "cut short: 4 bytes of data, its header says 16")),
                (b"PNG" + images, labels, ("images-idx3", "not an IDX file of images", "0x504e4700")),
                (images, images, ("labels-idx1", "not an IDX file of labels")),
                (images, labels[:-1], ("labels-idx1", "cut short")),
                (images, idx(0x801, [3], [0, 1, 0]), ("3 labels for the 4 images",))):
            file = self.file("t-images-idx3-ubyte", pictures)
            self.file("t-labels-idx1-ubyte", names)
            sets = [*self.NO_SET, "data.numeric.normalise=unit", f"data.corpus={file}"]
            self.refused(self.train("tiny", self.folder / "run", sets=sets), *words)
        (self.folder / "t-labels-idx1-ubyte").unlink()
        self.refused(self.train("tiny", self.folder / "run", sets=sets), "t-labels-idx1-ubyte")

    def test_a_rate_that_diverges_stops_at_its_step_and_keeps_the_last_good_weights(self):
        rows = [f"{a},{a * a},{3 * a}" for a in range(1, 21)]
        sets = [*self.NO_SET, "data.numeric.normalise=none", "data.numeric.target_kind=number", "model.hidden=[]",
                f"data.corpus={self.csv('rows.csv', rows)}", "train.optimizer.type=sgd", "train.batch_size=20",
                "train.eval_every_steps=1", "train.max_epochs=100", "train.learning_rate=0.001"]
        folder = self.folder / "run"
        error = self.refused(self.train("tiny", folder, sets=sets), "training diverged", "after step", "learning_rate",
                             code=1)
        self.assertRegex(error, r"after step \d+ \(epoch \d+\)")
        found = json.loads(self.succeeded(run("eval", folder)).out)
        self.assertTrue(math.isfinite(found["loss"]))

    def test_keys_that_do_not_go_together(self):
        def refuse(*words, sets):
            self.refused(self.train("tiny", self.folder / "run", sets=sets), *words)
        refuse("model.loss: squared_error is for numbers", sets=["model.loss=squared_error"])
        refuse("model.loss", "two classes", sets=["model.loss=binary_cross_entropy"])
        refuse("model.output_activation", sets=["model.output_activation=tanh"])
        refuse("model.output_activation", "step", sets=["model.output_activation=step"])
        refuse("model.loss: error_correction", sets=["model.loss=error_correction"])
        refuse("train.batch_size", "one row", sets=["model.batch_norm=true", "train.batch_size=179"])
        refuse("model.init_deviation", sets=["model.init_deviation=1"])
        refuse("data.corpus: does not go with data.numeric.generate", sets=["data.corpus=x.csv"])
        refuse("data.numeric.generate.points: gates", sets=["data.numeric.generate.set=gates",
               "data.numeric.generate.classes=2", "data.numeric.generate.points=3"])
        refuse("tokenizer", sets=["tokenizer.type=word"])
        self.refused(run("sample", self.trained("tiny", name="ok")), "cannot sample")

    def test_data_that_changed_since_training_are_not_evaluated_as_if_they_had_not(self):
        file = self.csv("rows.csv", [f"{i},{-i},{'p' if i < 6 else 'q'}" for i in range(12)])
        folder = self.trained("tiny", sets=[*self.NO_SET, f"data.corpus={file}"])
        self.csv("rows.csv", [f"{i},{i},{'p' if i < 6 else 'q'}" for i in range(12)])
        self.refused(run("eval", folder), "the data have changed since training")
        folder_text = self.folder / "run/columns.json"
        folder_text.write_text("{}")
        self.refused(run("predict", folder, stdin="1,1\n"), "columns.json: damaged")


if __name__ == "__main__":
    main()

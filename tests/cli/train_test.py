"""What `seqtool train` writes, prints and obeys."""
import json
import math

from support import ROOT, TINY, CliTest, main, metrics, run, train


class Train(CliTest):
    def test_it_prints_the_folder_alone_and_fills_it(self):
        folder = self.folder / "run"
        result = self.succeeded(train(folder, sets=["train.sample_length=20"]))
        self.assertEqual(result.out, f"{folder}\n")
        for name in ("config.json", "tokenizer.json", "model.safetensors", "checkpoints/last.safetensors",
                     "checkpoints/best.safetensors", "metrics.jsonl", "log.txt", "tokens/train.bin"):
            self.assertGreater((folder / name).stat().st_size, 0, name)
        self.assertEqual([p for p in folder.rglob("*") if ".tmp" in p.name], [])
        kinds = [entry["kind"] for entry in metrics(folder)]
        self.assertEqual(kinds, ["train"] * 10 + ["valid", "sample"])

    def test_the_first_loss_is_that_of_guessing(self):
        folder = self.folder / "run"
        self.succeeded(train(folder))
        vocabulary = len(json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"])
        self.assertAlmostEqual(metrics(folder)[0]["loss"], math.log(vocabulary), delta=0.15)

    def test_it_learns(self):
        folder = self.folder / "run"
        self.succeeded(train(folder, sets=["train.max_steps=400"]))
        valid = [entry["loss"] for entry in metrics(folder) if entry["kind"] == "valid"]
        self.assertLess(valid[-1], 1.2)

    def test_the_same_seed_gives_the_same_run_and_another_another(self):
        folders = [self.folder / name for name in ("a", "b", "c")]
        for folder, seed in zip(folders, (3, 3, 4)):
            self.succeeded(train(folder, "--seed", seed))
        weights = [(folder / "model.safetensors").read_bytes() for folder in folders]
        self.assertEqual(metrics(folders[0]), metrics(folders[1]))
        self.assertEqual(weights[0], weights[1])
        self.assertNotEqual(weights[0], weights[2])

    def test_the_config_of_the_folder_is_complete_and_reproduces_the_run(self):
        first, second = self.folder / "first", self.folder / "second"
        self.succeeded(train(first))
        config = json.loads((first / "config.json").read_text())
        self.assertEqual(config["train"]["max_steps"], 10)
        self.assertEqual(config["data"]["corpus"], [str(TINY.parent / "tiny.txt")])
        self.assertEqual(config["seqtool"]["format"], 1)
        del config["seqtool"]
        again = self.file("again.json", json.dumps(config))
        self.succeeded(run("train", "--config", again, "--set", f"out={second}"))
        self.assertEqual(metrics(first), metrics(second))

    def test_paths_in_a_config_are_relative_to_it_and_the_others_to_the_working_folder(self):
        (self.folder / "configs").mkdir()
        (self.folder / "work").mkdir()
        self.file("configs/text.txt", "some text to learn from\n" * 100)
        self.file("work/own.txt", "other text to read\n" * 100)
        self.file("configs/my.json", """{"model": {"type": "char_rnn", "hidden_size": 4},  // tiny
            "data": {"corpus": "text.txt"}, "train": {"max_steps": 1, "batch_size": 2}}""")
        work = self.folder / "work"
        result = self.succeeded(run("train", "--config", "../configs/my.json", cwd=work))
        self.assertEqual(result.out, f"{work}/runs/my\n")
        result = run("train", "--config", "../configs/my.json", "--set", "out=b", "--set", "data.corpus=own.txt", cwd=work)
        self.succeeded(result)
        config = json.loads((work / "b/config.json").read_text())
        self.assertEqual(config["data"]["corpus"], [f"{work}/own.txt"])

    def test_separate_files_and_compressed_ones_are_read(self):
        import gzip
        train_file = self.file("a.txt.gz", gzip.compress(b"some text to learn from\n" * 100))
        valid = self.file("b.txt", "some text to hear from\n" * 30)
        folder = self.folder / "run"
        self.succeeded(train(folder, sets=["data.corpus=[]", f"data.train={train_file}", f"data.valid={valid}"]))
        self.assertEqual(sorted(p.name for p in (folder / "tokens").iterdir()), ["train.bin", "valid.bin"])
        self.refused(run("eval", folder, "--split", "test"), "no test part")

    def test_quiet_says_nothing_and_the_log_keeps_what_was_said(self):
        folder = self.folder / "run"
        self.assertEqual(self.succeeded(train(folder, "--quiet")).err, "")
        loud = self.succeeded(train(folder, "--overwrite"))
        self.assertRegex(loud.err, r"step 10 .*loss \d")
        self.assertNotIn("\x1b", loud.err)
        self.assertRegex((folder / "log.txt").read_text(), r"step 10 .*loss \d")

    def test_every_tiny_config_trains(self):
        configs = sorted(ROOT.glob("configs/*/tiny.json"))
        self.assertGreater(len(configs), 1)
        for config in configs:
            folder = self.folder / config.parent.name
            limit = [] if config.parent.name in ("classifier", "ngram", "word2vec") else ["--set", "train.max_steps=3"]
            self.succeeded(run("train", "--config", config, "--set", f"out={folder}", *limit, "--threads", "1"))
            if config.parent.name != "word2vec":  # which is evaluated on questions
                self.succeeded(run("eval", folder, "--split", "train"))

    def test_every_config_of_the_project_is_valid(self):
        for config in sorted(ROOT.glob("configs/*/*.json")):
            with self.subTest(config=config.name):
                self.assertIn(": ok (", self.succeeded(run("config", "check", config)).out)


if __name__ == "__main__":
    main()

"""Wrong usage, configs and texts: refused with exit code 2 and one line that helps, before anything is written."""
import json
import os
import subprocess

from support import SEQTOOL, TINY, CliTest, main, run, train


class WrongUsage(CliTest):
    def test_a_mistyped_verb_or_option_is_answered_with_the_nearest(self):
        self.refused(run("trian"), "trian", "train")
        self.refused(run("sample", "x", "--lenght", "3"), "--lenght", "--length")
        self.refused(run("train", "--confg", "x"), "--confg", "--config")
        self.refused(run("tokenize", "encod"), "tokenize", "encode")
        self.refused(run("--colour"), "--colour")

    def test_missing_arguments_are_named(self):
        self.refused(run("sample"), "RUN")
        self.refused(run("eval"), "RUN")
        self.refused(run("score"), "RUN")
        self.refused(run("report"), "RUN")
        self.refused(run("train"), "--config")
        self.refused(run("tokenize", "train", "x"), "--output")
        self.refused(run("config", "check"), "FILE")
        self.refused(run("config"), "check, resolve, docs")
        self.refused(run("tokenize"), "train, count, phrases, encode, decode, info")
        self.refused(run(), "--help")

    def test_values_out_of_range_are_named_with_what_is_allowed(self):
        self.refused(run("sample", "x", "--length", "-3"), "--length", "-3", "at least 0")
        self.refused(run("sample", "x", "--length", "many"), "--length", "many")
        self.refused(run("sample", "x", "--length", "3.5"), "--length", "3.5")
        self.refused(run("sample", "x", "--count", "0"), "--count", "at least 1")
        self.refused(run("sample", "x", "--temperature", "-1"), "--temperature", "-1")
        self.refused(run("sample", "x", "--temperature", "nan"), "--temperature", "nan")
        self.refused(run("sample", "x", "--top-p", "1.5"), "--top-p", "1.5")
        self.refused(run("sample", "x", "--top-k", "-1"), "--top-k", "at least 0")
        self.refused(run("sample", "x", "--seed", "-1"), "--seed", "at least 0")
        self.refused(run("sample", "x", "--threads", "-1"), "--threads")
        self.refused(run("sample", "x", "--device", "tpu"), "--device", "tpu", "cpu")
        self.refused(run("eval", "x", "--split", "vlaid"), "--split", "vlaid", "valid")

    def test_options_that_exclude_each_other_are_refused(self):
        self.refused(run("train", "--config", TINY, "--resume", "--overwrite"), "--resume", "--overwrite")
        self.refused(run("sample", "x", "--greedy", "--temperature", "0.5"), "--greedy", "--temperature")
        self.refused(run("eval", "x", "--file", "y", "--split", "test"), "--file", "--split")
        self.refused(run("train", "runs/a"), "--resume")
        self.refused(run("train", "runs/a", "--resume", "--config", TINY), "--config")

    def test_an_expectation_that_is_none_is_refused(self):
        self.refused(run("eval", "x", "--expect", "loss"), "--expect", "KEY<=NUMBER")
        self.refused(run("eval", "x", "--expect", "loss<=--"), "--expect")


class UnreadKeys(CliTest):
    """What a type of model does not read is refused, so that nobody waits for an effect."""

    def test_keys_without_effect_are_refused_by_their_path(self):
        scalar, scratch = "scalar_rnn/counting_ones", "scratch_rnn/tiny"
        for config, setting in ((scalar, "train.window=7"), (scalar, "tokenizer.type=byte"),
                                (scalar, "train.precision=fp64"), (scalar, "data.split=[0.5,0.5]"),
                                (scalar, "eval.context=3"), (scratch, "train.kernel=plain"),
                                (scratch, "train.precision=bf16")):
            for verb in (("config", "check", config), ("train", "--config", config)):
                self.refused(run(*verb, "--set", setting, cwd=self.folder), setting.split("=")[0], config.split("/")[0],
                             "leave it out")
        self.refused(run("train", "--config", scalar, "--invalid-utf8", "replace", cwd=self.folder),
                     "tokenizer.invalid_utf8")
        self.refused(run("config", "check", TINY, "--set", "model.cell=gru", "--set", "model.forget_bias=2"),
                     "model.forget_bias", "lstm")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_key_at_its_default_is_no_matter(self):
        self.succeeded(run("config", "check", "scalar_rnn/counting_ones", "--set", "train.window=50"))
        resolved = self.succeeded(run("config", "resolve", "scratch_rnn/tiny")).out
        self.succeeded(run("config", "check", self.file("resolved.json", resolved)))

    def test_options_that_a_model_of_numbers_does_not_read_are_refused(self):
        folder = self.folder / "run"
        self.succeeded(run("train", "--config", "scalar_rnn/counting_ones", "--set", f"out={folder}", "--set",
                           "train.max_epochs=2"))
        series = self.file("series.tsv", "0101\t2\n")
        self.refused(run("eval", folder, "--file", series, "--invalid-utf8", "replace"), "--invalid-utf8", "scalar_rnn")
        self.refused(run("eval", folder, "--file", series, "--expect", "perplexity<=5"), "perplexity", "loss, count")
        self.succeeded(run("eval", folder, "--file", series, "--checkpoint", "last"))


class WrongConfig(CliTest):
    def check(self, text, *words, sets=()):
        path = self.file("c.json", text)
        return self.refused(run("config", "check", path, *(f"--set={s}" for s in sets)), *words)

    def test_keys_that_are_misspelt_mistyped_or_out_of_range_are_named(self):
        model = '{"model": {"type": "char_rnn"%s}, "data": {"corpus": "x.txt"}%s}'
        self.check(model % (', "hiden_size": 3', ""), "c.json", "model.hiden_size", "hidden_size")
        self.check(model % ("", ', "train": {"batchsize": 3}'), "train.batchsize", "batch_size")
        self.check(model % ("", ', "trian": {}'), "trian", "train")
        self.check(model % (', "hidden_size": 0.5', ""), "model.hidden_size", "0.5")
        self.check(model % (', "hidden_size": "12"', ""), "model.hidden_size")
        self.check(model % (', "hidden_size": 0', ""), "model.hidden_size", "1")
        self.check(model % (', "dropout": 1', ""), "model.dropout", "0.95")
        self.check(model % (', "cell": "lstn"', ""), "model.cell", "lstm")
        self.check(model % (', "cell": null', ""), "model.cell")
        self.check(model % (', "layers": 1, "layers": 2', ""), "model.layers", "duplicate")
        self.check(model % ("", ', "train": {"learning_rate": 1e999}'), "c.json")
        self.check(model % ("", ', "seed": -1'), "seed")

    def test_an_unknown_model_is_answered_with_the_known_ones(self):
        self.check('{"model": {"type": "char_rn"}}', "model.type", "char_rn", "char_rnn")
        self.check('{"model": {}}', "model.type", "char_rnn")
        self.check('{"model": {"type": 3}}', "model.type", "3")
        self.check("{}", "model.type")

    def test_broken_json_is_refused_with_its_place(self):
        self.check('{"model": {"type": "char_rnn"', "c.json")
        self.assertRegex(self.check('{\n"model": nonsense}', "c.json"), "2")
        self.check("", "c.json")
        self.check("[]", "c.json", "model")
        self.check("\x00\x01", "c.json")

    def test_a_config_that_is_no_file_is_refused(self):
        self.refused(run("train", "--config", self.folder / "none.json"), "none.json")
        self.refused(run("train", "--config", self.folder), str(self.folder))
        self.refused(run("train", "--config", "char_rnn/tyni"), "char_rnn/tyni")

    def test_a_set_that_is_none_is_refused(self):
        good = TINY.read_text()
        self.check(good, "--set", sets=["train.window"])
        self.check(good, "train.windw", "window", sets=["train.windw=3"])
        self.check(good, "train.window", sets=["train.window=big"])
        self.check(good, "--set", sets=["=3"])
        self.check(good, "seed", sets=["seed.x=3"])

    def test_options_that_do_not_fit_together_are_refused_before_training(self):
        folder = self.folder / "run"
        self.refused(train(folder, sets=["train.schedule.type=step"]), "every_steps")
        self.refused(train(folder, sets=["train.max_steps=null", "train.max_epochs=null"]), "train.max_steps")
        self.refused(train(folder, sets=["model.peepholes=true", "model.cell=gru"]), "peepholes")
        self.refused(train(folder, sets=["data.split=[0.9,0.2]"]), "data.split")
        self.refused(train(folder, sets=["data.split=[0,1]"]), "data.split")
        self.refused(train(folder, sets=["data.train=x.txt"]), "data.train")
        self.assertFalse(folder.exists(), "a refused training leaves nothing behind")


class WrongCorpus(CliTest):
    def refused_corpus(self, content, *words, sets=()):
        corpus = self.file("corpus.txt", content)
        folder = self.folder / "run"
        line = self.refused(train(folder, sets=[f"data.corpus={corpus}", *sets]), *words)
        self.assertFalse(folder.exists(), "a refused training leaves nothing behind")
        return line

    def test_texts_that_cannot_be_trained_on_are_refused(self):
        self.refused_corpus("", "corpus.txt", "empty")
        self.refused_corpus(b"some\x00thing\x00binary" * 9, "corpus.txt", "byte 4")
        self.refused_corpus("a text too short for eight streams"[:9], "batch_size")
        self.refused_corpus("ab", "too few")

    def test_invalid_utf8_is_refused_with_its_place_and_replaced_when_asked(self):
        content = b"good line\nbad \xff line\n" * 200
        self.refused_corpus(content, "corpus.txt", "byte 14", "line 2", "0xff")
        corpus = self.file("corpus.txt", content)
        result = train(self.folder / "run", "--invalid-utf8", "replace", sets=[f"data.corpus={corpus}"])
        self.succeeded(result)

    def test_a_corpus_that_is_no_file_is_refused(self):
        folder = self.folder / "run"
        self.refused(train(folder, sets=[f"data.corpus={self.folder}/none.txt"]), "none.txt", "no such file")
        self.refused(train(folder, sets=[f"data.corpus={self.folder}"]), "folder")
        self.assertFalse(folder.exists())

    def test_a_compressed_corpus_that_is_cut_short_is_refused(self):
        import gzip
        packed = gzip.compress(os.urandom(3000).hex().encode())
        corpus = self.file("corpus.txt.gz", packed[:-500])
        self.refused(train(self.folder / "run", sets=[f"data.corpus={corpus}"]), "corpus.txt.gz")

    def test_the_folder_of_a_refused_training_can_be_used_at_once(self):
        folder = self.folder / "run"
        self.refused(train(folder, sets=[f"data.corpus={self.folder}/none.txt"]))
        self.succeeded(train(folder))

    def test_a_folder_that_was_there_stays_when_training_is_refused(self):
        folder = self.folder / "run"
        folder.mkdir()
        self.refused(train(folder, sets=[f"data.corpus={self.folder}/none.txt"]))
        self.assertEqual(list(folder.iterdir()), [])


class WrongWorld(CliTest):
    def test_a_log_that_cannot_be_written_is_warned_of_once(self):
        result = self.succeeded(train(self.folder / "run", "--log-json", "/dev/full"))
        self.assertEqual(result.err.count("warning: log: "), 1, result.err)
        self.assertNotIn("LOG ERROR", result.err)

    def test_a_device_that_is_not_there_is_refused(self):
        if "cuda" in run("--version").out:
            self.skipTest("this machine has CUDA")
        self.refused(train(self.folder / "run", "--device", "cuda"), "cuda", "--device cpu")

    def test_a_run_folder_in_use_or_of_somebody_else_is_refused(self):
        folder = self.folder / "run"
        self.succeeded(train(folder))
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        self.refused(train(folder), "there is a run already", "--resume", "--overwrite")
        other = self.folder / "other"
        other.mkdir()
        (other / "precious.txt").write_text("mine")
        self.refused(train(other), "precious.txt")
        self.refused(train(other, "--overwrite"), "precious.txt")
        self.refused(train(self.file("file", "")), "is a file")
        self.assertEqual(before, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()})
        self.assertEqual((other / "precious.txt").read_text(), "mine")

    def test_a_loss_that_diverges_ends_the_run_with_the_step(self):
        folder = self.folder / "run"
        result = train(folder, sets=["train.learning_rate=1e30", "train.clip_norm=null"])
        self.refused(result, "diverged", "step", "learning_rate", code=1)
        self.refused(run("sample", folder), "no model yet")

    def test_a_folder_that_cannot_be_written_is_refused(self):
        if not os.path.isdir("/proc/self"):
            self.skipTest("no folder here that even root cannot write")
        self.refused(train("/proc/self/run"), "/proc/self/run", code=1)

    def test_standard_output_that_cannot_be_written_is_an_error(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        for arguments in (["config", "docs"], ["config", "resolve", TINY], ["--help"], ["--version"]):
            with open("/dev/full", "w", encoding="ascii") as full:
                done = subprocess.run([SEQTOOL, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(done.returncode, 1, (arguments, done.stderr))
            self.assertRegex(done.stderr, "^error: .*stdout", arguments)

    def test_a_reader_that_leaves_early_is_no_error_message(self):
        done = subprocess.run(f"{SEQTOOL} config docs | head -1", shell=True, capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), ("# Config reference\n", ""))

    def test_messages_go_to_a_json_file_when_asked(self):
        log = self.folder / "log.jsonl"
        self.succeeded(train(self.folder / "run", "--log-json", log))
        self.assertGreater(len([json.loads(line) for line in log.read_text().splitlines()]), 3)
        self.refused(run("sample", self.folder / "run", "--log-json", log / "below"), "log.jsonl")


if __name__ == "__main__":
    main()

"""Run folders that are missing, foreign, newer or damaged: refused by name in one line, never a crash."""
import contextlib
import json
import os
import random
import subprocess

from support import SEQTOOL, TINY, CliTest, TrainedTest, main, run

VERBS = {
    "eval": lambda folder: run("eval", folder),
    "sample": lambda folder: run("sample", folder, "--length", "3"),
    "score": lambda folder: run("score", folder, stdin="the dog\n"),
    "report": lambda folder: run("report", folder),
    "resume": lambda folder: run("train", "--resume", folder, "--set", "train.max_steps=32"),
}
# Which verbs read which file of a run, and hence must refuse it when it is damaged.
READERS = {
    "config.json": ("eval", "sample", "score", "report", "resume"),
    "model.safetensors": ("eval", "sample", "score"),
    "tokenizer.json": ("eval", "sample", "score", "resume"),
    "tokens/valid.bin": ("eval", "resume"),
    "tokens/train.bin": ("resume",),
    "checkpoints/last.safetensors": ("resume",),
}


class DamagedRun(TrainedTest):
    def check(self, name, damage):
        """Every verb on a copy with a damaged file."""
        for verb, call in VERBS.items():
            folder = self.copy()
            path = folder / name
            path.write_bytes(damage(path.read_bytes()))
            with self.subTest(verb=verb, file=name):
                result = call(folder)
                if verb in READERS.get(name, ()):
                    self.refused(result, path.name if name != "config.json" else "run")
                elif result.code != 0:
                    self.refused(result, path.name)

    def test_files_that_were_cut_are_refused_by_those_who_read_them(self):
        for name in (*READERS, "metrics.jsonl"):
            self.check(name, lambda content: content[: len(content) * 2 // 3])

    def test_files_that_are_empty_are_refused_by_those_who_read_them(self):
        for name in (*READERS, "metrics.jsonl"):
            self.check(name, lambda content: b"")

    def test_files_of_random_bytes_are_refused_by_those_who_read_them(self):
        for name in (*READERS, "metrics.jsonl"):
            self.check(name, lambda content: random.Random(1).randbytes(len(content)))

    def test_ids_outside_of_the_vocabulary_are_refused(self):
        folder = self.copy()
        path = folder / "tokens/valid.bin"
        path.write_bytes(path.read_bytes()[:-1] + b"\xff")
        self.refused(run("eval", folder), "valid.bin", "damaged")

    def test_a_file_that_is_missing_is_named(self):
        for name, readers in READERS.items():
            if name.startswith(("tokens", "checkpoints")):
                continue
            for verb in readers:
                folder = self.copy()
                (folder / name).unlink()
                with self.subTest(verb=verb, file=name):
                    if (verb, name) == ("resume", "tokenizer.json"):
                        result = VERBS[verb](folder)
                        self.assertIn(result.code, (0, 2), result.err)
                    else:
                        self.refused(VERBS[verb](folder), "run")

    def test_token_files_that_were_deleted_are_made_anew(self):
        folder = self.copy()
        content = (folder / "tokens/train.bin").read_bytes()
        (folder / "tokens/train.bin").unlink()
        self.succeeded(VERBS["resume"](folder))
        self.assertEqual((folder / "tokens/train.bin").read_bytes(), content)

    def test_weights_of_another_shape_are_refused(self):
        other = self.folder / "other"
        self.succeeded(run("train", "--config", TINY, "--set", "model.hidden_size=8", "--set", "train.max_steps=1",
                           "--set", f"out={other}"))
        folder = self.copy()
        (folder / "model.safetensors").write_bytes((other / "model.safetensors").read_bytes())
        self.refused(run("sample", folder), "model.safetensors", "shape")
        (folder / "checkpoints/last.safetensors").write_bytes((other / "checkpoints/last.safetensors").read_bytes())
        self.refused(VERBS["resume"](folder), "last.safetensors", "shape")
        (folder / "checkpoints/last.safetensors").write_bytes((other / "model.safetensors").read_bytes())
        self.refused(VERBS["resume"](folder), "last.safetensors", "not a checkpoint")

    def test_a_newer_format_is_refused_with_the_advice_to_update(self):
        folder = self.copy()
        config = json.loads((folder / "config.json").read_text())
        config["seqtool"]["format"] = 99
        (folder / "config.json").write_text(json.dumps(config))
        for call in VERBS.values():
            self.refused(call(folder), "format 99", "update seqtool")

    def test_an_unknown_key_in_the_config_is_refused(self):
        folder = self.copy()
        config = json.loads((folder / "config.json").read_text())
        config["model"]["wings"] = 2
        (folder / "config.json").write_text(json.dumps(config))
        self.refused(run("sample", folder), "config.json", "model.wings")

    def test_a_part_that_the_run_lacks_is_named(self):
        folder = self.copy()
        (folder / "tokens/test.bin").unlink()
        self.refused(run("eval", folder, "--split", "test"), "no test part", "--split")


class NoRun(CliTest):
    def test_folders_that_are_no_run_are_refused(self):
        (self.folder / "empty").mkdir()
        (self.folder / "foreign").mkdir()
        (self.folder / "foreign/config.json").write_text('{"architectures": ["Bert"]}')
        self.file("file", "x")
        for verb, call in VERBS.items():
            for name in ("none", "empty", "foreign", "file"):
                with self.subTest(verb=verb, name=name):
                    self.refused(call(self.folder / name), name)


class FullDisk(TrainedTest):
    """On a small file system of its own, where one may be mounted."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(self.disk)]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("mounting a small tmpfs needs root")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=True)

    def test_a_full_disk_ends_training_with_one_line_and_whole_files(self):
        folder = self.disk / "run"
        arguments = ["train", "--config", TINY, "--threads", "1", "--set", f"out={folder}", "--set", "train.log_every=1"]
        result = run(*arguments, "--set", "train.checkpoint_every_steps=2")
        self.refused(result, "No space left on device", str(folder), code=1)
        self.assertEqual([path for path in folder.rglob("*") if ".tmp" in path.name], [])

    def test_other_files_are_reported_by_name_too(self):
        (self.disk / "samples.txt").write_bytes(b"")
        filler = open(self.disk / "filler", "wb", buffering=0)  # unbuffered, so that closing writes nothing
        with filler, contextlib.suppress(OSError):
            while filler.write(b"x" * 4096):
                pass
        self.refused(run("report", self.trained, "-o", self.disk / "r.html"), "r.html", "No space left", code=1)
        with open(self.disk / "samples.txt", "wb") as full:
            done = subprocess.run([SEQTOOL, "sample", self.trained], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"stdout cannot be written", done.stderr)


class ReadOnly(TrainedTest):
    """On a file system that is mounted read-only, which stops even root."""

    def test_a_folder_that_cannot_be_written_is_refused_by_name_and_still_read(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = [["mount", "--bind", str(self.trained.parent), str(disk)],
                   ["mount", "-o", "remount,ro,bind", str(disk)]]
        if os.geteuid() != 0:
            self.skipTest("a read-only mount needs root")
        for command in mounted:
            if subprocess.run(command, capture_output=True, check=False).returncode != 0:
                self.skipTest("a read-only mount is not allowed here")
            if command is mounted[0]:
                self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        folder = disk / "run"
        for result in (run("train", "--resume", folder, "--set", "train.max_steps=32"), run("report", folder),
                       run("train", "--config", TINY, "--set", f"out={disk / 'new'}")):
            self.assertIn(result.code, (1, 2))
            self.refused(result, disk, "Read-only", code=result.code)
        self.succeeded(run("eval", folder))
        self.succeeded(run("sample", folder, "--length", "3"))


if __name__ == "__main__":
    main()

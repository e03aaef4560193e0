"""What the tests of the command line share: running a program, run folders to try things on, what a refusal looks like."""
import array
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import typing
import unittest

SEQTOOL = pathlib.Path(os.environ["SEQTOOL_BIN"]) / "seqtool"
ROOT = pathlib.Path(__file__).resolve().parents[2]
TINY = ROOT / "configs/char_rnn/tiny.json"
CRASH_WORDS = ("frame #", "Exception raised", "terminate called", "Assertion", "Sanitizer", "core dumped")


class Result(typing.NamedTuple):
    """How a program ended and what it said."""

    code: int  # negative: the signal that ended it
    out: str
    err: str


def run(*arguments, stdin="", cwd=None, env=None):
    """Runs seqtool; stdin is text or bytes."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [os.fsencode(str(a)) if not isinstance(a, bytes) else a for a in (SEQTOOL, *arguments)],
        input=given, capture_output=True, cwd=cwd, env={**os.environ, **(env or {})}, timeout=300, check=False)
    return Result(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def one_thread(arguments):
    """The arguments with --threads 1, unless they say otherwise: small work is faster so."""
    return arguments if "--threads" in arguments else ("--threads", "1", *arguments)


def train(folder, *arguments, sets=()):
    """A short training of configs/char_rnn/tiny.json into a folder."""
    settings = ["train.max_steps=10", "train.log_every=1", "train.sample_length=0", *sets, f"out={folder}"]
    return run("train", "--config", TINY, *one_thread(arguments), *(f"--set={s}" for s in settings))


def start_training(folder, *arguments, sets=()):
    """The same in the background, with SIGINT not ignored even where the tests run in the background themselves."""
    settings = ["train.log_every=1", "train.sample_length=0", *sets, f"out={folder}"]
    return subprocess.Popen(
        [SEQTOOL, "train", "--config", TINY, *one_thread(arguments), *(f"--set={s}" for s in settings)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


def metrics(folder):
    """The entries of metrics.jsonl without what depends on the clock."""
    lines = (pathlib.Path(folder) / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items()
             if key != "seconds" and not key.endswith("_per_second")} for line in lines]


def tensors(path):
    """A safetensors file as flat lists of floats by name; other types are left out."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    found = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = array.array("f", data[begin:end])
    return found


class CliTest(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = 4000

    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="seqtool-cli-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name).resolve()

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def succeeded(self, result):
        """The result of a program that must have succeeded."""
        self.assertEqual(result.code, 0, result.err)
        return result

    def outlives_kills(self, config, sets, seconds):
        """A run that is killed again and again, each time some seconds after its checkpoint is there, goes on as if
        nothing had been."""
        whole, broken = self.folder / "whole", self.folder / "broken"
        command = lambda out: ["train", "--config", config, *(f"--set={one}" for one in [f"out={out}", *sets])]
        self.succeeded(run(*command(whole)))
        killed = 0
        for attempt in range(3):
            process = subprocess.Popen([SEQTOOL, *command(broken), *(["--resume"] if attempt else [])],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            deadline = time.time() + 60
            while not (broken / "checkpoints/last.safetensors").exists() and time.time() < deadline:
                time.sleep(0.001)
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
        self.assertGreater(killed, 0)
        self.succeeded(run("train", "--resume", broken))
        self.assertEqual((broken / "model.safetensors").read_bytes(), (whole / "model.safetensors").read_bytes())
        self.assertEqual(metrics(broken), metrics(whole))

    def stopped_early(self, folder, evaluations):
        """A run that lost its patience (1) after so many evaluations trains on only when it is given more."""
        evaluated = lambda: sum(entry["kind"] == "valid" for entry in metrics(folder))
        before = metrics(folder)
        self.assertEqual(evaluated(), evaluations)
        resumed = self.succeeded(run("train", "--resume", folder))
        self.assertIn("train.patience=…", resumed.err + resumed.out)
        self.assertEqual(metrics(folder), before)
        self.succeeded(run("train", "--resume", folder, "--set", "train.patience=2"))
        self.assertEqual(evaluated(), evaluations + 1)

    def refused(self, result, *words, code=2):
        """One line says what is wrong, with these words in it."""
        self.assertEqual(result.code, code, result)
        lines = result.err.splitlines()
        errors = [line for line in lines if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, result.err)
        self.assertEqual(lines[-1], errors[0], "the error comes last")
        self.assertLess(len(errors[0]), 500, "an error is a line, not a page")
        for word in CRASH_WORDS:
            self.assertNotIn(word, result.err)
        for word in words:
            self.assertIn(str(word), errors[0])
        return errors[0]


class TrainedTest(CliTest):
    """A test that tries things on one run, trained once for all of its class."""

    SETS = ("train.max_steps=30",)

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory(prefix="seqtool-cli-")
        cls.addClassCleanup(cls.shared.cleanup)
        cls.trained = pathlib.Path(cls.shared.name).resolve() / "run"
        result = train(cls.trained, sets=cls.SETS)
        assert result.code == 0, result.err

    def copy(self, name="run"):
        """A copy of the run that may be spoilt."""
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.trained, path)
        return path


def main():
    unittest.main(verbosity=1, argv=[sys.argv[0], *sys.argv[1:]])

"""Word vectors by tensor operations: the same runs as by the kernel, and which program and device trains them."""
import json
import random
import signal
import subprocess
import time

from support import ROOT, SEQTOOL, CliTest, main, metrics, run

TINY = ROOT / "configs/word2vec/tiny.json"
TENSOR = ("model.trainer=tensor", "model.batch_words=16", "model.negatives=3")


def text(sentences):
    """Sentences of two worlds that never meet."""
    chance = random.Random(1)
    worlds = [["cat", "dog", "cow", "hen"], ["red", "blue", "green", "grey"]]
    return "\n".join(" ".join(chance.choices(chance.choice(worlds), k=8)) for _ in range(sentences))


class TensorWord2vec(CliTest):
    def arguments(self, folder, *arguments, sets=()):
        corpus = self.folder / "corpus.txt"
        if not corpus.exists():
            corpus.write_text(text(2200))
        settings = [f"out={folder}", f"data.train={corpus}", "train.max_epochs=4", *TENSOR, *sets]
        return ["train", "--config", TINY, "--threads", "1", *arguments, *(f"--set={s}" for s in settings)]

    def train(self, folder, *arguments, sets=()):
        return run(*self.arguments(folder, *arguments, sets=sets))

    def neighbours(self, folder):
        nearest = self.succeeded(run("vectors", "nearest", folder, "cat", "-k", 3, "--json"))
        return {found["word"] for found in json.loads(nearest.out)["neighbours"]}

    def test_every_architecture_and_loss_finds_the_two_worlds(self):
        for architecture in ("skip_gram", "cbow"):
            for loss in ("negative_sampling", "hierarchical_softmax", "full_softmax"):
                with self.subTest(architecture=architecture, loss=loss):
                    out = self.folder / f"{architecture}-{loss}"
                    self.succeeded(self.train(out, sets=[f"model.architecture={architecture}", f"model.loss={loss}"]))
                    self.assertEqual(self.neighbours(out), {"dog", "cow", "hen"})

    def test_the_first_steps_lose_what_the_kernel_loses(self):
        sets = ["train.log_every=1", "train.max_epochs=1", "train.learning_rate=0.001", "model.batch_words=4"]
        losses = []
        for trainer in ("tensor", "kernel"):
            sets_of_one = sets if trainer == "tensor" else [*sets[:-1], "model.trainer=kernel", "model.batch_words=0"]
            self.succeeded(self.train(self.folder / trainer, sets=sets_of_one))
            losses.append([one["loss"] for one in metrics(self.folder / trainer) if one["kind"] == "train"])
        self.assertEqual(len(losses[0]), len(losses[1]))
        for one, other in zip(*losses):
            self.assertAlmostEqual(one, other, delta=0.005)

    def test_a_killed_run_goes_on_as_if_nothing_had_been(self):
        valid = self.file("valid.txt", text(50))
        sets = ["train.log_every=1", "train.checkpoint_every_steps=1", f"data.valid={valid}"]
        self.succeeded(self.train(self.folder / "whole", sets=sets))
        broken = self.folder / "broken"
        process = subprocess.Popen([SEQTOOL, *self.arguments(broken, sets=sets)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        log = broken / "metrics.jsonl"
        while process.poll() is None and not (log.exists() and log.read_bytes().count(b"\n") >= 3):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        self.assertEqual(process.wait(), -signal.SIGKILL, "no kill came in time")
        self.succeeded(self.train(broken, "--resume", sets=sets))
        self.assertEqual(metrics(self.folder / "whole"), metrics(broken))
        self.assertEqual((self.folder / "whole/model.safetensors").read_bytes(),
                         (broken / "model.safetensors").read_bytes())

    def test_options_that_do_not_go_together_are_refused(self):
        out = self.folder / "run"
        self.refused(self.train(out, "--device", "cuda", sets=["model.trainer=kernel"]), "model.trainer", "cpu")
        self.refused(self.train(out, sets=["model.trainer=kernel"]), "model.batch_words")
        self.refused(self.train(out, sets=["model.trainer=gpu"]), "model.trainer", "tensor")
        self.assertFalse(out.exists())

    def test_cuda_means_tensors(self):
        result = self.train(self.folder / "run", "--device", "cuda", sets=["model.trainer=auto"])
        if result.code == 0:
            self.assertEqual(self.neighbours(self.folder / "run"), {"dog", "cow", "hen"})
        else:
            self.refused(result, "device cuda")


if __name__ == "__main__":
    main()

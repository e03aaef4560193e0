"""Resuming: a run that is killed, interrupted or extended ends as an unbroken one, and every kill leaves a good folder."""
import os
import random
import shutil
import signal
import time

from support import CliTest, main, metrics, run, start_training, train

LIMIT = ("train.max_steps=60", "train.eval_every_steps=25", "train.checkpoint_every_steps=4")
HARD = (*LIMIT, "model.layers=2", "model.hidden_size=24", "model.dropout=0.2", "model.state_reset=0.1",
        "train.random_offset=true", "train.average_decay=0.9", "train.schedule.type=cosine")


def without_samples(folder):
    return [entry for entry in metrics(folder) if entry["kind"] != "sample"]


def step_of(folder):
    """The last step that metrics.jsonl tells of, 0 before there is any."""
    try:
        lines = (folder / "metrics.jsonl").read_text().splitlines()
    except FileNotFoundError:
        return 0
    return max([int(line.split('"step":')[1].split(",")[0].rstrip("}")) for line in lines if line.endswith("}")] + [0])


def wait_for(process, reached):
    """Until it is so, or the process has ended."""
    while process.poll() is None and not reached():
        time.sleep(0.002)


class Resume(CliTest):
    def require_same_run(self, one, other):
        self.assertEqual(without_samples(one), without_samples(other))
        self.assertEqual((one / "model.safetensors").read_bytes(), (other / "model.safetensors").read_bytes())

    def killed_and_resumed(self, arguments, sets, seed):
        """A folder whose training was killed at random steps until it got through."""
        chance = random.Random(seed)
        folder = self.folder / "broken"
        killed = 0
        for _ in range(5):
            at = step_of(folder) + chance.randint(1, 20)
            process = start_training(folder, "--resume", *arguments, sets=sets)
            wait_for(process, lambda: step_of(folder) >= at)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += process.returncode == -signal.SIGKILL
        self.assertGreater(killed, 2, "too few of the kills came in time")
        self.succeeded(train(folder, "--resume", *arguments, sets=sets))
        return folder

    def check_kills(self, *arguments, sets=()):
        whole = self.folder / "whole"
        self.succeeded(train(whole, *arguments, sets=[*HARD, *sets]))
        self.require_same_run(whole, self.killed_and_resumed(arguments, [*HARD, *sets], seed=len(sets)))
        self.assertEqual([e["step"] for e in metrics(whole) if e["kind"] == "train"], list(range(1, 61)))

    def test_a_run_killed_several_times_equals_an_unbroken_one(self):
        self.check_kills()

    def test_so_it_does_with_two_threads(self):
        self.check_kills("--threads", "2")

    def test_so_it_does_in_bf16(self):
        self.check_kills(sets=["train.precision=bf16"])

    def test_so_it_does_on_the_plain_path_with_another_cell(self):
        self.check_kills(sets=["train.kernel=plain", "model.cell=gru"])

    def test_a_kill_at_any_moment_leaves_a_folder_that_goes_on(self):
        chance = random.Random(3)
        for number in range(8):
            folder = self.folder / f"run{number}"
            process = start_training(folder, sets=["train.max_steps=4", "train.eval_every_steps=1"])
            wait_for(process, folder.exists)
            time.sleep(chance.random() * 0.3)
            process.kill()
            process.communicate()
            self.succeeded(train(folder, "--resume", sets=["train.max_steps=4", "train.eval_every_steps=1"]))
            self.succeeded(run("sample", folder, "--length", "5"))
            self.assertEqual([e["step"] for e in metrics(folder) if e["kind"] == "valid"], [1, 2, 3, 4])

    def interrupted(self, number, folder):
        process = start_training(folder, sets=["train.max_steps=100000"])
        wait_for(process, lambda: step_of(folder) > 2)
        process.send_signal(number)
        out, err = process.communicate()
        return process.returncode, out, err

    def test_ctrl_c_and_sigterm_save_and_end_with_their_codes(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            folder = self.folder / f"run{code}"
            returned, out, err = self.interrupted(number, folder)
            self.assertEqual((returned, out), (code, ""), err)
            self.assertRegex(err.splitlines()[-1], r"^interrupted at step \d+.*--resume")
            reached = step_of(folder)
            self.succeeded(run("train", "--resume", folder, "--set", f"train.max_steps={100000}", "--set",
                               "train.max_minutes=0.0001"))
            self.assertGreaterEqual(step_of(folder), reached)
            self.succeeded(run("sample", folder, "--length", "3"))

    def test_a_signal_while_the_corpus_is_encoded_leaves_nothing_or_a_run_that_goes_on(self):
        corpus = self.file("corpus.txt", "Some text, and some more of it, to be encoded.\n" * 500000)
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            folder = self.folder / f"run{code}"
            process = start_training(folder, sets=[f"data.corpus={corpus}", "train.max_steps=100000"])
            wait_for(process, (folder / "tokenizer.json").exists)
            process.send_signal(number)
            _, err = process.communicate()
            self.assertEqual(process.returncode, code, err)
            self.assertRegex(err.splitlines()[-1], "^interrupted (before the first|at) step")
            self.assertEqual(folder.exists(), (folder / "checkpoints/last.safetensors").exists(), err)

    def test_a_resumed_run_stays_in_its_folder(self):
        folder = self.folder / "run"
        self.succeeded(train(folder))
        self.refused(run("train", folder, "--resume", "--set", "out=zz", cwd=self.folder), "out", folder, "--config")
        self.assertFalse((self.folder / "zz").exists())
        self.succeeded(run("train", folder, "--resume", "--set", "out=run", cwd=self.folder))

    def test_paths_given_by_set_to_a_resumed_run_are_relative_to_the_working_folder(self):
        self.file("text.txt", "some text to learn from\n" * 100)
        folder = self.folder / "run"
        self.succeeded(train(folder, sets=[f"data.corpus={self.folder}/text.txt"]))
        self.succeeded(run("train", folder, "--resume", "--set", "data.corpus=text.txt", "--set", "train.max_steps=12",
                           cwd=self.folder))
        self.assertEqual(step_of(folder), 12)
        (self.folder / "other").mkdir()
        self.file("other/text.txt", "other text to learn from\n" * 100)
        self.refused(run("train", folder, "--resume", "--set", "data.corpus=text.txt", cwd=self.folder / "other"),
                     "data.corpus", "other/text.txt", "differs")

    def test_a_schedule_by_time_keeps_its_horizon_when_the_time_is_extended(self):
        folder = self.folder / "run"
        limits = ["train.max_steps=null", "train.max_epochs=null", "train.max_minutes=0.01",
                  "train.schedule.type=linear"]
        self.succeeded(train(folder, sets=limits))
        first = [e["learning_rate"] for e in metrics(folder) if e["kind"] == "train"]
        self.assertLess(first[-1], first[0])
        self.succeeded(run("train", folder, "--resume", "--set", "train.max_minutes=0.02", "--threads", "1"))
        rates = [e["learning_rate"] for e in metrics(folder) if e["kind"] == "train"][len(first):]
        self.assertGreater(len(rates), 0)
        self.assertEqual(set(rates), {0})

    def test_a_second_signal_ends_at_once(self):
        folder = self.folder / "run"
        process = start_training(folder, sets=["train.max_steps=100000", "train.sample_length=2000000",
                                               "train.eval_every_steps=5", "data.split=[1,0,0]"])
        wait_for(process, lambda: step_of(folder) >= 5)
        process.send_signal(signal.SIGINT)  # while a long sample is drawn, before step 5 is evaluated
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 130, err)

    def test_a_finished_run_says_so_and_a_larger_limit_extends_it(self):
        whole, folder = self.folder / "whole", self.folder / "run"
        self.succeeded(train(whole, sets=["train.max_steps=null", "train.max_epochs=1", "train.eval_every_epochs=0.5"]))
        first = ["train.max_steps=null", "train.max_epochs=0.5", "train.eval_every_epochs=0.5"]
        self.succeeded(train(folder, sets=first))
        before = (folder / "metrics.jsonl").read_bytes()
        result = self.succeeded(run("train", "--resume", folder))
        self.assertIn("finished at step 33", result.err)
        self.assertEqual(result.out, f"{folder}\n")
        self.assertEqual((folder / "metrics.jsonl").read_bytes(), before)
        self.succeeded(run("train", "--resume", folder, "--set", "train.max_epochs=1", "--threads", "1"))
        self.require_same_run(whole, folder)
        self.refused(run("train", "--resume", folder, "--set", "train.max_epochs=0.5"), "train.max_epochs", "less")

    def test_what_makes_the_run_what_it_is_may_not_change(self):
        folder = self.folder / "run"
        self.succeeded(train(folder))
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for setting in ("model.hidden_size=32", "model.cell=gru", "tokenizer.type=byte", "seed=7", "train.batch_size=4",
                        "data.split=[0.5,0.5]", "train.precision=bf16", "train.optimizer.type=sgd"):
            key = setting.split("=", maxsplit=1)[0]
            self.refused(run("train", "--resume", folder, "--set", setting), key, "differs", "--set out=")
        self.assertEqual(before, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()})
        self.refused(run("train", "--resume", folder, "--set", "train.widnow=3"), "train.widnow", "window")

    def test_data_that_changed_since_are_refused(self):
        corpus = self.file("corpus.txt", "some text to learn from\n" * 100)
        folder = self.folder / "run"
        self.succeeded(train(folder, sets=[f"data.corpus={corpus}"]))
        corpus.write_text("another text to learn from\n" * 100)
        self.refused(run("train", "--resume", folder, "--set", "train.max_steps=20"), "the data have changed")

    def test_resume_starts_a_run_where_there_is_none(self):
        folder = self.folder / "run"
        self.succeeded(train(folder, "--resume"))
        self.assertEqual(len([e for e in metrics(folder) if e["kind"] == "train"]), 10)
        self.refused(run("train", "--resume", self.folder / "none"), "none", "no such folder")

    def test_overwriting_starts_anew_and_keeps_files_of_others(self):
        folder = self.folder / "run"
        self.succeeded(train(folder, sets=["seed=1"]))
        first = metrics(folder)
        (folder / "notes.txt").write_text("mine")
        self.succeeded(train(folder, "--overwrite", sets=["seed=2"]))
        self.assertEqual(len(metrics(folder)), len(first))
        self.assertNotEqual(metrics(folder), first)
        self.assertEqual((folder / "notes.txt").read_text(), "mine")
        self.refused(train(folder, "--overwrite", sets=["data.corpus=none.txt"]), "none.txt")
        self.assertTrue((folder / "model.safetensors").exists(), "refused before anything is removed")

    def test_a_second_process_is_kept_out_while_one_trains(self):
        folder = self.folder / "run"
        process = start_training(folder, sets=["train.max_steps=100000"])
        wait_for(process, lambda: step_of(folder) > 0)
        self.refused(train(folder), "another process is training here")
        self.refused(train(folder, "--resume"), "another process is training here")
        self.refused(train(folder, "--overwrite"), "another process is training here")
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertEqual(process.returncode, 143)

    def test_a_run_can_be_moved(self):
        folder, moved = self.folder / "run", self.folder / "elsewhere/renamed"
        self.succeeded(train(folder))
        os.makedirs(moved.parent)
        shutil.move(folder, moved)
        self.succeeded(run("train", "--resume", moved, "--set", "train.max_steps=12"))
        self.assertEqual(max(e["step"] for e in metrics(moved)), 12)
        self.assertFalse(folder.exists())


if __name__ == "__main__":
    main()

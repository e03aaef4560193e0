"""Sampling, scoring and evaluating a trained run: options, forms of output, agreement with each other."""
import json
import math
import os
import re
import signal
import subprocess
import time

from support import SEQTOOL, TINY, TrainedTest, main, metrics, run, train


class Sample(TrainedTest):
    def sample(self, *arguments):
        return self.succeeded(run("sample", self.trained, *arguments)).out

    def test_a_seed_fixes_the_text_and_another_changes_it(self):
        first = self.sample("--length", "80", "--seed", "5")
        self.assertEqual(self.sample("--length", "80", "--seed", "5"), first)
        self.assertNotEqual(self.sample("--length", "80", "--seed", "6"), first)
        self.assertEqual(len(first), 81)

    def test_the_fused_and_the_plain_stepper_write_the_same(self):
        self.assertEqual(self.sample("--length", "200"), self.sample("--length", "200", "--plain"))

    def test_the_prompt_is_echoed_and_gone_on_with(self):
        text = self.sample("--prompt", "The dog ", "--length", "10", "--greedy")
        self.assertTrue(text.startswith("The dog "))
        self.assertEqual(len(text), 8 + 10 + 1)
        prompt = self.file("prompt.txt", "The dog ")
        self.assertEqual(self.sample("--prompt-file", prompt, "--length", "10", "--greedy"), text)
        self.assertEqual(self.sample("--prompt", "The dog ", "--length", "0"), "The dog \n")

    def test_greedy_is_temperature_zero_and_the_most_probable_of_one(self):
        greedy = self.sample("--greedy", "--length", "40")
        self.assertEqual(self.sample("--temperature", "0", "--length", "40", "--seed", "9"), greedy)
        self.assertEqual(self.sample("--top-k", "1", "--length", "40", "--seed", "9"), greedy)
        self.assertEqual(self.sample("--top-p", "0", "--length", "40", "--seed", "9"), greedy)

    def test_a_text_ends_before_the_stop_text(self):
        text = self.sample("--length", "400", "--stop", "e ", "--seed", "2")
        self.assertNotIn("e ", text)
        whole = self.sample("--length", "400", "--seed", "2")
        self.assertTrue(whole.startswith(text[:-1] + "e "))

    def test_several_texts_differ_and_the_first_is_that_of_one(self):
        texts = self.sample("--count", "3", "--length", "30").split("--------\n")
        self.assertEqual(len(texts), 3)
        self.assertEqual(len(set(texts)), 3)
        self.assertEqual(texts[0], self.sample("--length", "30"))

    def test_json_gives_an_object_a_text(self):
        lines = self.sample("--json", "--count", "2", "--prompt", "The", "--length", "30", "--seed", "4").splitlines()
        objects = [json.loads(line) for line in lines]
        self.assertEqual([o["index"] for o in objects], [0, 1])
        self.assertEqual({o["seed"] for o in objects}, {4})
        self.assertEqual({o["prompt"] for o in objects}, {"The"})
        self.assertEqual([len(o["text"]) for o in objects], [30, 30])
        plain = self.sample("--prompt", "The", "--length", "30", "--seed", "4")
        self.assertEqual("The" + objects[0]["text"] + "\n", plain)

    def test_a_prompt_outside_of_the_vocabulary_is_refused_or_warned_of(self):
        result = self.succeeded(run("sample", self.trained, "--prompt", "a\u65e5\u672cb", "--length", "3"))
        self.assertIn('prompt: 2 of 4 tokens are not in the vocabulary: "\u65e5" (U+65E5), "\u672c" (U+672C)\n', result.err)
        self.refused(run("sample", self.trained, "--prompt", b"a\xff"), "prompt: byte 1", "UTF-8")
        strict = self.folder / "strict"
        self.succeeded(train(strict, sets=["tokenizer.specials=[]"]))
        self.refused(run("sample", strict, "--prompt", "\u65e5"), "prompt", "\u65e5")
        self.succeeded(run("sample", strict, "--prompt", "a", "--length", "3"))


class Score(TrainedTest):
    LINES = "The dog likes the moon.\n\nthe\n"

    def score(self, *arguments, stdin=LINES):
        return self.succeeded(run("score", self.trained, *arguments, stdin=stdin))

    def test_each_line_gives_a_line_and_the_totals_are_their_sum(self):
        result = self.score()
        values = [float(line) for line in result.out.splitlines()]
        self.assertEqual(len(values), 3)
        self.assertTrue(all(value < 0 for value in values))
        self.assertLess(values[0], values[2])
        total = re.search(r"3 lines, (\d+) tokens, (\d+) unknown, log-probability (\S+), perplexity (\S+),", result.err)
        self.assertEqual(total.group(1, 2), ("29", "0"))
        self.assertAlmostEqual(float(total.group(3)), sum(values), places=3)
        self.assertAlmostEqual(float(total.group(4)), math.exp(-sum(values) / 29), places=2)

    def test_lines_without_an_end_and_no_lines_at_all_are_counted_right(self):
        self.assertEqual(len(self.score(stdin="the\nend").out.splitlines()), 2)
        nothing = self.score(stdin="")
        self.assertEqual((nothing.out, nothing.err), ("", "0 lines, no tokens\n"))
        self.assertEqual(self.score(stdin="the\n").out, self.score(stdin="the").out)
        self.assertEqual(self.score(stdin="the\r\n").out, self.score(stdin="the\n").out)

    def test_a_line_of_bad_utf8_gives_an_empty_answer_and_a_warning(self):
        result = self.score(stdin=b"the\nb\xffd\nthe\n")
        lines = result.out.split("\n")
        self.assertEqual(len(lines), 4)
        self.assertEqual((lines[0], lines[1]), (lines[2], ""))
        self.assertIn("line 2: byte 1", result.err)
        self.assertEqual(self.score("--json", stdin=b"\xff\n").out, "{}\n")

    def test_characters_that_the_vocabulary_lacks_are_counted(self):
        self.assertIn("2 unknown", self.score(stdin="a\u65e5b\u672c\n").err)

    def test_tokens_sum_to_their_line(self):
        values = [float(line) for line in self.score().out.splitlines()]
        by_token = [[float(v) for v in line.split()] for line in self.score("--per-token").out.splitlines()]
        self.assertEqual([len(line) for line in by_token], [24, 1, 4])
        for value, tokens in zip(values, by_token):
            self.assertAlmostEqual(value, sum(tokens), places=4)
        objects = [json.loads(line) for line in self.score("--per-token", "--json").out.splitlines()]
        self.assertEqual([o["count"] for o in objects], [24, 1, 4])
        self.assertEqual("".join(t["token"] for t in objects[0]["tokens"]), "The dog likes the moon.\n")
        self.assertAlmostEqual(objects[0]["log_probability"], values[0], places=4)
        self.assertNotIn("tokens", json.loads(self.score("--json").out.splitlines()[0]))

    def test_the_plain_path_scores_the_same(self):
        fused = [float(line) for line in self.score().out.splitlines()]
        plain = [float(line) for line in self.score("--plain").out.splitlines()]
        for a, b in zip(fused, plain):
            self.assertAlmostEqual(a, b, places=3)

    def test_a_file_is_scored_as_stdin_is(self):
        self.assertEqual(self.score(self.file("text.txt", self.LINES), stdin="").out, self.score().out)
        self.refused(run("score", self.trained, self.folder / "none.txt"), "none.txt")

    def test_scoring_continuously_agrees_with_evaluation(self):
        text = self.file("text.txt", (TINY.parent / "tiny.txt").read_text()[-3000:])
        metrics = json.loads(self.succeeded(run("eval", self.trained, "--file", text)).out)
        lines = self.score("--continuous", text, stdin="").out.splitlines()
        loss = -sum(float(line) for line in lines) / 3000
        self.assertAlmostEqual(loss, metrics["loss"], delta=0.02 * metrics["loss"])
        alone = -sum(float(line) for line in self.score(text, stdin="").out.splitlines()) / 3000
        self.assertNotAlmostEqual(loss, alone, places=4)


class Evaluate(TrainedTest):
    def test_the_validation_part_gives_the_best_loss_of_training(self):
        lines = [json.loads(line) for line in (self.trained / "metrics.jsonl").read_text().splitlines()]
        best = min(line["loss"] for line in lines if line["kind"] == "valid")
        metrics = json.loads(self.succeeded(run("eval", self.trained)).out)
        self.assertAlmostEqual(metrics["loss"], best, places=6)
        self.assertAlmostEqual(metrics["perplexity"], math.exp(metrics["loss"]), places=6)
        self.assertAlmostEqual(metrics["bits_per_character"], metrics["loss"] / math.log(2), places=6)
        self.assertEqual(metrics["unknown"], 0)

    def test_each_part_and_a_file_have_their_tokens(self):
        counts = [json.loads(self.succeeded(run("eval", self.trained, "--split", part)).out)["tokens"]
                  for part in ("train", "valid", "test")]
        self.assertEqual(sum(counts), len((TINY.parent / "tiny.txt").read_text()) - 3)
        text = self.file("text.txt", "The dog \u65e5")
        metrics = json.loads(self.succeeded(run("eval", self.trained, "--file", text)).out)
        self.assertEqual((metrics["tokens"], metrics["unknown"]), (8, 1))
        self.assertLess(metrics["perplexity_without_unknown"], metrics["perplexity"])

    def test_texts_that_cannot_be_evaluated_are_refused(self):
        for content, word in (("", "empty"), ("x", "fewer than two"), (b"ab\xffcd", "byte 2"), (b"ab\0cd", "byte 2")):
            self.refused(run("eval", self.trained, "--file", self.file("t.txt", content)), word)
        self.refused(run("eval", self.trained, "--file", self.folder), "folder")

    def test_invalid_utf8_of_a_file_is_replaced_when_asked(self):
        text = self.file("t.txt", b"the d\xffg")
        self.refused(run("eval", self.trained, "--file", text), "--invalid-utf8")
        metrics = json.loads(self.succeeded(run("eval", self.trained, "--file", text, "--invalid-utf8", "replace")).out)
        self.assertEqual((metrics["tokens"], metrics["unknown"]), (6, 1))
        self.refused(run("eval", self.trained, "--invalid-utf8", "replace"), "--file")

    def test_expectations_decide_the_exit_code(self):
        self.succeeded(run("eval", self.trained, "--expect", "loss<=99", "--expect", "tokens>=10"))
        result = run("eval", self.trained, "--expect", "loss<=0.001", "--expect", "perplexity<1")
        self.refused(result, "loss is", "perplexity is", code=1)
        self.assertIn("loss", json.loads(result.out))
        result = run("eval", self.trained, "--expect", "bleu>=1")
        self.refused(result, "bleu", "perplexity")
        self.assertEqual(result.out, "", "refused before the evaluation")


class Interrupted(TrainedTest):
    def test_an_evaluation_that_is_interrupted_leaves_no_temporary_file(self):
        text = self.file("long.txt", "The dog and the bird. " * 500000)
        temporary = self.folder / "temporary"
        temporary.mkdir()
        process = subprocess.Popen([SEQTOOL, "eval", self.trained, "--file", text], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary)})
        while process.poll() is None and not any(temporary.iterdir()):
            time.sleep(0.002)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
        self.assertEqual((process.returncode, out, err), (143, b"", b"interrupted\n"))
        self.assertEqual(list(temporary.iterdir()), [])


class Checkpoints(TrainedTest):
    SETS = ("train.max_steps=30", "train.eval_every_steps=10", "train.keep_every_checkpoint=true",
            "train.average_decay=0.9")

    def evaluated(self, *arguments):
        return json.loads(self.succeeded(run("eval", self.trained, "--threads", "1", *arguments)).out)

    def test_each_checkpoint_is_evaluated_as_it_was_in_training(self):
        for entry in metrics(self.trained):
            if entry["kind"] == "valid":
                found = self.evaluated("--checkpoint", f"step-{entry['step']}")
                self.assertAlmostEqual(found["loss"], entry["loss"], places=9)
        self.assertEqual(self.evaluated("--checkpoint", "best"), self.evaluated())
        self.assertEqual(self.evaluated("--checkpoint", "last"), self.evaluated("--checkpoint", "step-30"))

    def test_samples_and_scores_come_from_the_checkpoint_too(self):
        sample = [self.succeeded(run("sample", self.trained, "--checkpoint", name, "--length", "60")).out
                  for name in ("step-10", "step-30", "best")]
        self.assertNotEqual(sample[0], sample[1])
        self.assertEqual(sample[2], self.succeeded(run("sample", self.trained, "--length", "60")).out)
        score = [self.succeeded(run("score", self.trained, "--checkpoint", name, stdin="The dog\n")).out
                 for name in ("step-10", "step-30")]
        self.assertNotEqual(score[0], score[1])

    def test_a_checkpoint_that_is_not_there_is_refused_with_those_that_are(self):
        for verb in ("eval", "sample", "score"):
            self.refused(run(verb, self.trained, "--checkpoint", "step-7"), "no checkpoint step-7",
                         "best, last, step-10, step-20, step-30")
        self.refused(run("eval", self.trained, "--checkpoint", "../checkpoints/best"), "no checkpoint")


if __name__ == "__main__":
    main()

"""Counted n-gram models in use: binary models, score, eval, sample, predict, mixtures, runs; KenLM as a witness."""
import json
import math
import pathlib

from support import ROOT, CliTest, main, run

try:
    import kenlm
except ImportError:
    kenlm = None

ARPA = """\\data\\
ngram 1=6
ngram 2=4
ngram 3=1

\\1-grams:
-2\t<unk>
-99\t<s>\t-0.5
-1\t</s>
-0.5\ta\t-0.25
-0.75\tb\t-0.125
-1.5\tc

\\2-grams:
-0.125\t<s> a\t-0.375
-0.25\ta b
-0.5\tb </s>
-0.625\tc a

\\3-grams:
-0.0625\t<s> a b

\\end\\
"""
TEXT = "a b\n\nb a x\nc a b b\n"
TINY_TEXT = ROOT / "configs/char_rnn/tiny.txt"


class Ngram(CliTest):
    def setUp(self):
        super().setUp()
        self.arpa = self.file("model.arpa", ARPA)
        self.text = self.file("text.txt", TEXT)

    def binary(self, layout="hashed", arpa=None):
        path = self.folder / f"{layout}.bin"
        self.succeeded(run("ngram", "binary", arpa or self.arpa, "-o", path, "--layout", layout))
        return path


class Score(Ngram):
    def test_lines_tokens_and_totals_by_hand(self):
        lines = self.succeeded(run("score", self.arpa, self.text, "--log10")).out.splitlines()
        by_hand = [-0.125 - 0.0625 - 0.5, -0.5 - 1, -0.5 - 0.75 - 0.125 - 0.5 - 0.25 - 2 - 1,
                   -0.5 - 1.5 - 0.625 - 0.25 - 0.125 - 0.75 - 0.5]
        self.assertEqual([float(line) for line in lines], by_hand)
        natural = self.succeeded(run("score", self.arpa, self.text)).out.splitlines()
        for line, log10 in zip(natural, by_hand):
            self.assertAlmostEqual(float(line), log10 * math.log(10), places=5)
        orders = self.succeeded(run("score", self.arpa, self.text, "--per-token", "--matched-order", "--log10"))
        self.assertEqual(orders.out.splitlines()[0], "-0.125000:2 -0.062500:3 -0.500000:2")
        self.assertIn("4 lines, 13 tokens, 1 unknown", orders.err)
        total = -sum(by_hand) / 13
        self.assertIn(f"perplexity {10 ** total:.4f}, without unknown", orders.err)

    def test_both_layouts_and_stdin_give_what_arpa_gives(self):
        expected = self.succeeded(run("score", self.arpa, self.text, "--per-token", "--json")).out
        for layout in ("hashed", "trie"):
            self.assertEqual(run("score", self.binary(layout), "--per-token", "--json", stdin=TEXT).out, expected)
        tokens = json.loads(expected.splitlines()[2])["tokens"]
        self.assertEqual([(t["token"], t["order"], t["unknown"]) for t in tokens],
                         [("b", 1, False), ("a", 1, False), ("x", 1, True), ("</s>", 1, False)])

    def test_a_text_without_its_last_line_end_and_an_empty_one(self):
        self.assertEqual(run("score", self.arpa, stdin="a b").out, run("score", self.arpa, stdin="a b\n").out)
        empty = self.succeeded(run("score", self.arpa, stdin=""))
        self.assertEqual(empty.out, "")
        self.assertIn("0 lines, 0 tokens", empty.err)

    def test_scores_of_another_model_are_mixed_in(self):
        other_file = self.file("other", run("score", self.arpa, self.text, "--per-token").out)
        same = run("score", self.arpa, self.text, "--with-scores", other_file, "--weight", "0.3")
        for mixed, alone in zip(same.out.splitlines(), run("score", self.arpa, self.text).out.splitlines()):
            self.assertAlmostEqual(float(mixed), float(alone), places=4)
        tuned = self.succeeded(run("score", self.arpa, self.text, "--with-scores", self.better_half(), "--tune-weight"))
        weight = float(tuned.err.split("weight ")[1].split()[0])
        self.assertGreater(weight, 0.05)
        best = self.mixed_total(f"{weight:.6f}")
        for other in (weight - 0.04, weight + 0.04):
            self.assertLess(self.mixed_total(str(other)), best)
        self.refused(run("score", self.arpa, "--with-scores", other_file, "--tune-weight"), "name a file")
        short = self.file("short", "-1 -1\n")
        self.refused(run("score", self.arpa, self.text, "--with-scores", short), "short:1: expected 3", code=1)
        self.refused(run("score", self.arpa, self.text, "--with-scores", short, "--tune-weight"), "short:1: expected 3",
                     "--per-token on the same text")
        few = self.file("few", "-1 -1 -1\n")
        self.refused(run("score", self.arpa, self.text, "--with-scores", few), "few: fewer lines", code=1)
        longer = self.file("longer", other_file.read_text() + "-1\n")
        self.refused(run("score", self.arpa, self.text, "--with-scores", longer), "longer:5: more lines", code=1)
        self.refused(run("score", self.arpa, self.text, "--with-scores", longer, "--tune-weight"), "longer:5: more lines")

    def better_half(self):
        """Scores that are better than ours for every other word and worse for the rest."""
        lines = run("score", self.arpa, self.text, "--per-token").out.splitlines()
        return self.file("half", "".join(
            " ".join(str(float(word) * (0.3 if i % 2 else 2)) for i, word in enumerate(line.split())) + "\n"
            for line in lines))

    def mixed_total(self, weight):
        mixed = run("score", self.arpa, self.text, "--with-scores", self.better_half(), "--weight", weight)
        return sum(map(float, self.succeeded(mixed).out.split()))

    def test_eval_agrees_with_score(self):
        metrics = json.loads(self.succeeded(run("eval", self.arpa, "--file", self.text)).out)
        lines = run("score", self.arpa, self.text).out.splitlines()
        self.assertAlmostEqual(metrics["loss"] * 13, -sum(map(float, lines)), places=4)
        self.assertEqual((metrics["tokens"], metrics["unknown"]), (13, 1))
        self.assertAlmostEqual(metrics["perplexity"], math.exp(metrics["loss"]), places=6)
        self.assertLess(metrics["perplexity_without_unknown"], metrics["perplexity"])
        self.refused(run("eval", self.arpa), "--file")


class Binary(Ngram):
    def test_info_tells_and_checks(self):
        info = json.loads(self.succeeded(run("ngram", "info", self.binary("trie"), "--check", "--json")).out)
        self.assertEqual((info["layout"], info["order"], info["ngrams"]), ("trie", 3, [6, 4, 1]))

    def test_every_damage_is_refused_or_found_by_check(self):
        for layout in ("hashed", "trie"):
            whole = self.binary(layout).read_bytes()
            for size in (0, 4, 100, len(whole) // 2, len(whole) - 1):
                self.refused(run("score", self.file("cut.bin", whole[:size] if size else b"SEQNGRAM"), self.text),
                             "cut.bin")
            for place in range(3, len(whole), 97):
                changed = bytearray(whole)
                changed[place] ^= 4
                self.refused(run("ngram", "info", "--check", self.file("changed.bin", bytes(changed))), "changed.bin")

    def test_nothing_is_left_of_a_refused_model(self):
        bad = self.file("bad.arpa", ARPA.replace("-0.25\ta b", "0.25\ta b"))
        self.refused(run("ngram", "binary", bad, "-o", self.folder / "bad.bin"), "bad.arpa:16", "above 0")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["bad.arpa", "model.arpa", "text.txt"])
        self.refused(run("ngram", "binary", self.arpa, "-o", self.folder / "x.bin", env={"TMPDIR": "/nowhere/at/all"}),
                     "/nowhere/at/all", "set TMPDIR", code=1)
        self.assertFalse((self.folder / "x.bin").exists())


class Generate(Ngram):
    def test_predictions_come_in_order_one_line_each(self):
        out = self.succeeded(run("predict", self.arpa, "-k", "2", stdin="a\n\nzzz\n")).out.splitlines()
        self.assertEqual(len(out), 3)
        word, probability = out[0].split("\t")[:2]
        self.assertEqual(word, "b")
        self.assertAlmostEqual(float(probability), 10 ** -0.0625, places=5)
        objects = run("predict", self.arpa, "--json", stdin="a\n").out
        self.assertEqual(json.loads(objects)["predictions"][0]["token"], "b")

    def test_a_seed_fixes_the_text_and_greedy_takes_the_most_probable(self):
        first = self.succeeded(run("sample", self.arpa, "--length", "40", "--seed", "3")).out
        self.assertEqual(run("sample", self.arpa, "--length", "40", "--seed", "3").out, first)
        self.assertNotEqual(run("sample", self.arpa, "--length", "40", "--seed", "4").out, first)
        self.assertEqual(run("sample", self.arpa, "--length", "3", "--greedy").out, "a b\n\n")
        self.assertTrue(run("sample", self.arpa, "--length", "5", "--prompt", "c a").out.startswith("c a"))

    def test_lines_are_drawn_whole_and_the_same_from_arpa_and_trie(self):
        drawn = self.succeeded(run("sample", self.arpa, "--lines", "2000", "--seed", "3")).out
        self.assertEqual(drawn.count("\n"), 2000)
        self.assertEqual(run("sample", self.binary("trie"), "--lines", "2000", "--seed", "3").out, drawn)
        self.assertNotEqual(run("sample", self.arpa, "--lines", "2000", "--seed", "4").out, drawn)
        slow = self.succeeded(run("sample", self.binary("hashed"), "--lines", "2000", "--seed", "3"))
        self.assertIn("whole vocabulary", slow.err)
        for text in (drawn, slow.out):  # by hand, in proportion to all words but <unk>
            first = [line.split()[:2] for line in text.splitlines()]
            begin = sum(words[:1] == ["a"] for words in first)
            self.assertAlmostEqual(begin / 2000, 0.885, delta=0.03)
            self.assertAlmostEqual(sum(words == ["a", "b"] for words in first) / begin, 0.891, delta=0.03)
        lines = run("sample", self.arpa, "--lines", "3", "--prompt", "c a", "--count", "2").out.split("--------\n")
        self.assertEqual([text.count("\n") for text in lines], [3, 3])
        self.assertTrue(all(line.startswith("c a") for line in "".join(lines).splitlines()))

    def test_lines_that_would_not_end_are_refused(self):
        self.refused(run("sample", self.arpa, "--lines", "3", "--temperature", "0"), "may never end")
        endless = self.file("endless.arpa", "\\data\\\nngram 1=1\n\n\\1-grams:\n-0.1\ta\n\n\\end\\\n")
        self.refused(run("sample", endless, "--lines", "3"), "no end of lines")
        seldom = self.file("seldom.arpa", "\\data\\\nngram 1=3\n\n\\1-grams:\n-99\t<s>\n-1\t</s>\n-0.1\ta\n\n\\end\\\n")
        self.succeeded(run("sample", seldom, "--lines", "3"))
        for limit in (("--top-p", "0.5"), ("--temperature", "0.001")):
            self.refused(run("sample", seldom, "--lines", "3", *limit), "has no end", "--length", code=1)


class Mixture(Ngram):
    def setUp(self):
        super().setUp()
        self.other = self.file("other.arpa", ARPA.replace("-0.25\ta b", "-1.25\ta b").replace("-1.5\tc", "-0.9\tc"))

    def mix(self, *arguments):
        path = self.folder / "mixture.json"
        self.succeeded(run("ngram", "mix", self.arpa, self.other, *arguments, "-o", path))
        return path

    def perplexity(self, model):
        return json.loads(self.succeeded(run("eval", model, "--file", self.text)).out)["perplexity"]

    def test_a_linear_mixture_adds_probabilities(self):
        mixture = self.mix("--weights", "0.25", "0.75")
        parts = [[float(s) for s in run("score", m, self.text, "--per-token").out.split()]
                 for m in (self.arpa, self.other, mixture)]
        for a, b, both in zip(*parts):
            self.assertAlmostEqual(math.exp(both), 0.25 * math.exp(a) + 0.75 * math.exp(b), places=5)

    def test_tuned_weights_are_no_worse_than_any_on_a_grid(self):
        tuned = self.perplexity(self.mix("--tune", self.text))
        for tenth in range(11):
            grid = self.perplexity(self.mix("--weights", str(tenth / 10), str(1 - tenth / 10)))
            self.assertLessEqual(tuned, grid + 1e-4)

    def test_log_linear_weights_are_no_worse_than_any_on_a_grid(self):
        tuned = self.perplexity(self.mix("--log-linear", "--tune", self.text))
        for first in (0, 0.5, 1, 1.5):
            for second in (0, 0.5, 1, 1.5):
                grid = self.perplexity(self.mix("--log-linear", "--weights", str(first), str(second)))
                self.assertLessEqual(tuned, grid + 1e-4)

    def test_a_log_linear_mixture_sums_to_one(self):
        mixture = self.mix("--weights", "0.5", "0.9", "--log-linear")
        line = json.loads(run("predict", mixture, "-k", "10", "--json", stdin="c\n").out)
        known = sum(answer["probability"] for answer in line["predictions"])
        self.assertLess(known, 1)  # the rest is <unk>
        self.assertGreater(known, 0.9)

    def test_wrong_mixtures_are_refused(self):
        self.refused(run("ngram", "mix", self.arpa, self.other, "--weights", "0.5", "0.6"), "sum to 1.1")
        self.refused(run("ngram", "mix", self.arpa, self.other, "--weights", "1"), "1 for 2 models")
        self.refused(run("score", self.file("m.json", '{"models": [{"file": "m.json", "weight": 1}]}')), "too deep")
        self.refused(run("score", self.file("n.json", '{"modls": []}')), "modls: unknown key")


class Run(CliTest):
    def test_a_run_trains_evaluates_samples_predicts_and_reports(self):
        folder = self.folder / "run"
        done = self.succeeded(run("train", "--config", ROOT / "configs/ngram/tiny.json", "--set", f"out={folder}"))
        self.assertEqual(done.out.strip(), str(folder))
        entries = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([entry["kind"] for entry in entries], ["train", "valid"])
        words = (folder / "vocabulary.txt").read_text().splitlines()
        self.assertEqual(words[:3], ["<unk>", "<s>", "</s>"])
        self.assertEqual(len(words), entries[0]["ngrams"][0])
        self.assertEqual([len(discounts) for discounts in entries[0]["discounts"]], [3] * len(entries[0]["ngrams"]))
        metrics = json.loads(run("eval", folder, "--expect", "perplexity<=1000").out)
        self.assertAlmostEqual(metrics["perplexity"], entries[1]["perplexity"], places=6)
        self.assertEqual(run("eval", folder, "--split", "test", "--expect", "perplexity<=1").code, 1)
        self.succeeded(run("sample", folder, "--length", "20"))
        self.assertEqual(len(run("predict", folder, stdin="the\n").out.splitlines()), 1)
        self.succeeded(run("report", folder, "-o", self.folder / "report.html"))
        self.assertIn("discount of count 3 and more", (self.folder / "report.html").read_text(encoding="utf-8"))
        self.assertIn("finished", self.succeeded(run("train", "--resume", folder)).err)
        self.refused(run("train", "--config", ROOT / "configs/ngram/tiny.json", "--set", f"out={folder}"), "--overwrite")
        self.succeeded(run("train", "--config", ROOT / "configs/ngram/tiny.json", "--set", f"out={folder}",
                           "--overwrite"))

    def test_characters_are_scored_as_they_were_counted(self):
        folder = self.folder / "characters"
        self.succeeded(run("train", "--config", ROOT / "configs/ngram/tiny.json", "--set", f"out={folder}",
                           "--set", "model.words.unit=character", "--set", "model.order=5"))
        line = json.loads(run("score", folder, "--per-token", "--json", stdin="the old\n").out)
        self.assertEqual([t["token"] for t in line["tokens"]], [*"the", "\u2581", *"old", "</s>"])
        self.assertIn(" ", run("sample", folder, "--length", "60").out)
        self.refused(run("eval", folder, "--file", self.file("bad.txt", b"the\n\xff\n")), "bad.txt:2: ", "UTF-8")


class KenlmAsWitness(CliTest):
    def setUp(self):
        if kenlm is None:
            self.skipTest("the Python package kenlm is absent (scripts/test installs it)")
        super().setUp()
        self.arpa = self.folder / "tiny.arpa"
        self.succeeded(run("ngram", "estimate", TINY_TEXT, "--order", "4", "-o", self.arpa))

    def test_kenlm_gives_our_scores_and_orders(self):
        model = kenlm.Model(str(self.arpa))
        sentences = TINY_TEXT.read_text().splitlines()[::7] + ["", "dog the of unheardof old", "the the the"]
        out = self.succeeded(run("score", self.arpa, "--per-token", "--json", stdin="\n".join(sentences) + "\n")).out
        lines = out.splitlines()
        self.assertEqual(len(lines), len(sentences))
        for sentence, line in zip(sentences, lines):
            theirs = list(model.full_scores(sentence))
            ours = json.loads(line)["tokens"]
            self.assertEqual([t["order"] for t in ours], [order for _, order, _ in theirs])
            self.assertEqual([t["unknown"] for t in ours], [unknown for _, _, unknown in theirs][:-1] + [False])
            for token, (log10, _, _) in zip(ours, theirs):
                self.assertAlmostEqual(token["log10_probability"], log10, places=5)


if __name__ == "__main__":
    main()

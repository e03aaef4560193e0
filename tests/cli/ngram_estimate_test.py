"""seqtool ngram estimate, count and merge as a user runs them; where lmplz is at hand, its models are ours.

SEQTOOL_LMPLZ names KenLM's lmplz. Without it, or without the corpora in SEQTOOL_DATA, the comparison is left out.
"""
import gzip
import itertools
import os
import pathlib
import signal
import subprocess

from support import ROOT, SEQTOOL, CliTest, main, run

WRITING = ROOT / "configs/char_rnn/tiny.txt"
DATA = pathlib.Path(os.environ.get("SEQTOOL_DATA") or ROOT.parent / "shared/data")
LMPLZ = os.environ.get("SEQTOOL_LMPLZ")


class NgramEstimate(CliTest):
    def ngram(self, *arguments, stdin=""):
        return self.succeeded(run("ngram", *arguments, stdin=stdin, cwd=self.folder))

    def estimate(self, *arguments, stdin=""):
        return self.ngram("estimate", *arguments, stdin=stdin)

    def no_model(self, code, message, *arguments, stdin="a b\n"):
        done = run("ngram", "estimate", *arguments, stdin=stdin, cwd=self.folder)
        self.refused(done, message, code=code)
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is left behind")

    def test_pipes_and_files_give_the_same_model(self):
        text = WRITING.read_text(encoding="utf-8")
        plain = self.estimate("--order", "3", stdin=text).out
        self.assertTrue(plain.startswith("\\data\\\nngram 1="))
        for name in ("m.arpa", "m.arpa.gz", "m.arpa.zst"):
            self.estimate("--order", "3", WRITING, "-o", name)
        self.assertEqual((self.folder / "m.arpa").read_text(encoding="utf-8"), plain)
        self.assertEqual(gzip.decompress((self.folder / "m.arpa.gz").read_bytes()).decode(), plain)
        self.assertEqual((self.folder / "m.arpa.zst").read_bytes()[:4], b"\x28\xb5\x2f\xfd")

    def test_binary_straight_from_the_text_equals_that_of_the_arpa(self):
        for layout in ("hashed", "trie"):
            self.estimate("--order", "4", WRITING, "--binary", "a.bin", "--layout", layout, "-o", "m.arpa")
            self.ngram("binary", "m.arpa", "-o", "b.bin", "--layout", layout)
            self.assertEqual((self.folder / "a.bin").read_bytes(), (self.folder / "b.bin").read_bytes())

    def test_counts_stand_in_for_text(self):
        for name in "ab":
            self.ngram("count", WRITING, "--order", "3", "-o", f"{name}.counts")
        self.ngram("merge", "a.counts", "b.counts", "-o", "all.counts")
        self.assertEqual(self.estimate("--order", "3", "--from-counts", "all.counts").out,
                         self.estimate("--order", "3", WRITING, WRITING).out)

    def test_small_texts_warn_of_their_discounts(self):
        self.assertIn("warning: the text is too small", self.estimate("--order", "2", stdin="a b\n").err)

    def test_what_makes_no_model_is_refused(self):
        self.no_model(2, "order", "--order", "0")
        self.no_model(2, "order", "--order", "20")
        self.no_model(2, "no words", "-o", "m.arpa", stdin="")
        self.no_model(2, "stdin:2: <s> stands in the text", "-o", "m.arpa", stdin="a\nb <s>\n")
        self.no_model(2, "nowhere.txt: no such file", "nowhere.txt", "-o", "m.arpa")
        self.no_model(2, "must not decrease", "--prune", "2", "1")
        self.no_model(2, "memory", "--memory", "lots")
        self.no_model(2, "no counts file", "--from-counts", WRITING, "-o", "m.arpa")
        self.no_model(1, "/dev/full", "-o", "/dev/full")

    def test_full_folder_of_temporary_files_is_told(self):
        corpus = "".join(f"{i % 977} {i % 1013} {i * i % 7919}\n" for i in range(100_000))
        self.no_model(1, "no temporary file can be made", "--memory", "1M", "--temp", "/proc", "-o", "m.arpa",
                     stdin=corpus)
        # A limit on the size of files stands for a full disk.
        command = f"trap '' XFSZ; ulimit -f 500; exec {SEQTOOL} ngram estimate --memory 1M -o m.arpa"
        done = subprocess.run(["bash", "-c", command], input=corpus.encode(), cwd=self.folder, capture_output=True,
                              timeout=300, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"temporary file cannot be written", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_interruption_leaves_nothing(self):
        (self.folder / "temp").mkdir()
        command = [SEQTOOL, "ngram", "estimate", "-o", "m.arpa", "--temp", "temp", "--memory", "1M"]
        for number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen(command, cwd=self.folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
                                  preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)) as process:
                lines = b"some words of a text\n" * 5_000
                try:
                    for _ in range(20):  # more than a pipe holds: it is reading by then
                        process.stdin.write(lines)
                    process.send_signal(number)
                    for _ in range(20):
                        process.stdin.write(lines)
                    process.stdin.close()
                except BrokenPipeError:
                    pass
                said = process.stderr.read()
            self.assertEqual(process.returncode, 128 + number)
            self.assertIn(b"interrupted", said)
            self.assertEqual([path.name for path in self.folder.rglob("*")], ["temp"])

    def test_models_equal_those_of_lmplz(self):
        if not LMPLZ:
            self.skipTest("SEQTOOL_LMPLZ does not name KenLM's lmplz")
        texts = {}
        for part in ("tinyshakespeare/input.txt", "wikitext-2/train.txt", "wikitext-2/test.txt"):
            if not (DATA / part).exists():
                self.skipTest(f"{DATA / part} is missing (SEQTOOL_DATA)")
            # lmplz refuses <unk>; spelt otherwise it is a word like any other, for both.
            texts[part] = (DATA / part).read_bytes().replace(b"<unk>", b"[unknown]")
        shakespeare, wikitext, test = texts.values()
        end = shakespeare.rindex(b"\n", 0, len(shakespeare) * 9 // 10) + 1
        # Each is asked about its own kind of text and about the other's, of which it does not know many words.
        tests = (self.file("wikitext", test), self.file("shakespeare", shakespeare[end:]))
        for text in (shakespeare[:end], wikitext):
            for order in (2, 3, 4, 5):
                self.compare_with_lmplz(text, order, (), (), tests)
        # lmplz counts the last word of all by its occurrences where it should by the words before it. That moves the
        # discounts of WikiText-2's 1-grams: by 8e-5 in what is compared above, by 3e-4 where they are not interpolated.
        self.compare_with_lmplz(shakespeare, 4, ("--prune", "0", "0", "1"), ("--prune", "0", "0", "1"))
        self.compare_with_lmplz(shakespeare, 2, ("--interpolate-unigrams", "0"), ("--interpolate_unigrams", "0"))
        words = self.file("words.txt", b"\n".join(shakespeare.split()[:5000]))
        self.compare_with_lmplz(shakespeare, 3, ("--limit-vocab-file", words), ("--limit_vocab_file", words))

    def compare_with_lmplz(self, text, order, our_options, their_options, tests=()):
        """Every probability and back-off to 1e-4 (both write their n-grams in the same order), and perplexities."""
        theirs, ours = self.folder / "theirs.arpa", self.folder / "ours.arpa"
        subprocess.run([LMPLZ, "-o", str(order), "-S", "1G", "-T", self.folder / "t", "--arpa", theirs, *their_options],
                       input=text, capture_output=True, check=True)
        self.estimate("--order", order, "-o", ours, *our_options, stdin=text)
        compared, differing = 0, 0.0
        with open(theirs, "rb") as expected, open(ours, "rb") as found:
            for there, here in itertools.zip_longest(expected, found, fillvalue=b"\n"):
                if there == here:
                    compared += 1
                    continue
                p, words, *backoff = there.rstrip(b"\n").split(b"\t")
                q, our_words, *our_backoff = here.rstrip(b"\n").split(b"\t")
                self.assertEqual(words, our_words, f"order {order}")
                self.assertEqual(len(backoff), len(our_backoff), f"order {order}: {here}, lmplz: {there}")
                difference = abs(float(backoff[0]) - float(our_backoff[0])) if backoff else 0
                if words != b"<s>":  # never predicted: 0 there, -99 here
                    difference = max(difference, abs(float(p) - float(q)))
                if not difference <= 1e-4:
                    self.fail(f"order {order}: {here}, lmplz: {there}")
                differing = max(differing, difference)
                compared += 1
        print(f"order {order} {' '.join(map(str, our_options))}: {compared} lines alike to {differing:.1e}", flush=True)
        for test in tests:
            asked = subprocess.run([pathlib.Path(LMPLZ).with_name("query"), "-v", "summary", theirs],
                                   input=test.read_bytes(), capture_output=True, check=True).stdout.decode()
            said = self.succeeded(run("score", ours, test)).err
            for their_name, our_name in (("including OOVs:", "perplexity"), ("excluding OOVs:", "without unknown")):
                expected = float(asked.split(their_name)[1].split()[0])
                found = float(said.split(our_name)[1].split()[0].rstrip(","))
                self.assertLess(abs(found / expected - 1), 5e-5, f"order {order}, {test.name}: {asked} {said}")
            self.assertIn(f" {asked.split('OOVs:')[-1].split()[0]} unknown", said)
            print(f"  {test.name}: {found}, lmplz and query {expected}, without unknown words", flush=True)


if __name__ == "__main__":
    main()

"""What we learn from text is what HF tokenizers learns: merges, their order, vocabularies; counts add up; threads do not matter."""
import itertools
import json
import os
import pathlib
import sys

from support import CliTest, main, run

try:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
except ImportError:
    print("SKIPPED: the Python package tokenizers is not installed")
    sys.exit(77)

DATA = pathlib.Path(os.environ.get("SEQTOOL_DATA") or pathlib.Path(__file__).resolve().parents[3] / "shared/data")
BYTES = pre_tokenizers.ByteLevel.alphabet()
CORPORA = {"english": ("wikitext-2/train.txt", 12000), "chinese": ("multilingual/zhwiki-sample.txt", 2500),
           "japanese": ("multilingual/jpn-eng.txt", 25000)}

if not DATA.is_dir():
    print("SKIPPED: no corpora (set SEQTOOL_DATA)")
    sys.exit(77)


def lines_of(corpus):
    name, count = CORPORA[corpus]
    with open(DATA / name, encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n").rstrip("\r") for line in itertools.islice(file, count)]


class Training(CliTest):
    def corpus(self, name):
        lines = lines_of(name)
        return lines, self.file(f"{name}.txt", "".join(line + "\n" for line in lines))

    def learn(self, path, *arguments, out="ours.json"):
        self.succeeded(run("tokenize", "train", *arguments, path, "-o", self.folder / out))
        return json.loads((self.folder / out).read_text())

    def assert_same_merges(self, ours, theirs):
        theirs = json.loads(theirs.to_str())
        merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in theirs["model"]["merges"]]
        self.assertGreater(len(merges), 500)
        for number, (a, b) in enumerate(zip(map(tuple, ours["model"]["merges"]), merges)):
            self.assertEqual(a, b, f"merge {number}")
        self.assertEqual(len(ours["model"]["merges"]), len(merges))
        self.assertEqual(ours["model"]["vocab"], theirs["model"]["vocab"])

    def test_byte_level_merges_are_those_of_hf(self):
        for corpus in CORPORA:
            lines, path = self.corpus(corpus)
            theirs = Tokenizer(models.BPE())
            theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
            theirs.train_from_iterator(lines, trainers.BpeTrainer(
                vocab_size=6000, show_progress=False, initial_alphabet=BYTES))
            self.assert_same_merges(self.learn(path, "--model", "byte-bpe", "--vocab-size", 6000), theirs)

    def test_merges_of_characters_are_those_of_hf(self):
        for corpus, vocab_size in (("english", 5000), ("chinese", 9000), ("japanese", 6000)):
            lines, path = self.corpus(corpus)
            theirs = Tokenizer(models.BPE(unk_token="<unk>"))
            theirs.pre_tokenizer = pre_tokenizers.Metaspace()
            theirs.train_from_iterator(lines, trainers.BpeTrainer(
                vocab_size=vocab_size, show_progress=False, special_tokens=["<unk>"]))
            self.assert_same_merges(self.learn(path, "--model", "bpe", "--vocab-size", vocab_size), theirs)

    def test_limits_of_training_are_those_of_hf(self):
        lines, path = self.corpus("english")
        theirs = Tokenizer(models.BPE(unk_token="<unk>"))
        theirs.pre_tokenizer = pre_tokenizers.Whitespace()
        theirs.train_from_iterator(lines, trainers.BpeTrainer(
            vocab_size=100000, min_frequency=30, limit_alphabet=60, max_token_length=6, show_progress=False,
            special_tokens=["<unk>", "<s>", "[MASK]"]))
        ours = self.learn(path, "--model", "bpe", "--vocab-size", 100000, "--min-count", 30, "--limit-alphabet", 60,
                          "--max-token-length", 6, "--pre-tokenise", "whitespace", "--special", "unk", "--special", "bos",
                          "--special", "[MASK]")
        self.assert_same_merges(ours, theirs)

    def test_wordpieces_are_those_of_hf(self):
        """But for ties: there they go by ids that follow the order of a hash table, and differ from run to run."""
        for corpus in ("english", "japanese"):
            lines, path = self.corpus(corpus)
            theirs = Tokenizer(models.WordPiece(unk_token="[UNK]"))
            theirs.normalizer = normalizers.BertNormalizer()
            theirs.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
            theirs.train_from_iterator(lines, trainers.WordPieceTrainer(
                vocab_size=8000, show_progress=False, special_tokens=["[UNK]", "[CLS]", "[SEP]"]))
            ours = self.learn(path, "--model", "wordpiece", "--vocab-size", 8000, "--special", "[UNK]", "--special",
                              "[CLS]", "--special", "[SEP]")["model"]["vocab"]
            self.assertEqual(len(ours), 8000)
            different = set(ours) ^ set(theirs.get_vocab())
            self.assertLess(len(different), 40, sorted(different))

    def test_unigram_cuts_text_into_about_as_few_tokens_as_hf(self):
        lines, path = self.corpus("english")
        theirs = Tokenizer(models.Unigram())
        theirs.pre_tokenizer = pre_tokenizers.Metaspace()
        theirs.train_from_iterator(lines, trainers.UnigramTrainer(
            vocab_size=5000, show_progress=False, special_tokens=["<unk>"], unk_token="<unk>"))
        self.learn(path, "--model", "unigram", "--vocab-size", 5000)
        ours = Tokenizer.from_file(str(self.folder / "ours.json"))
        tokens = [sum(len(e.ids) for e in t.encode_batch(lines)) for t in (ours, theirs)]
        self.assertLess(tokens[0], 1.02 * tokens[1])

    def test_counts_of_parts_add_up_to_those_of_the_whole(self):
        lines, path = self.corpus("japanese")
        parts = []
        for number, start in enumerate(range(0, len(lines), 9000)):
            part = self.file(f"{number}.txt", "".join(line + "\n" for line in lines[start:start + 9000]))
            parts.append(self.folder / f"{number}.counts")
            self.succeeded(run("tokenize", "count", "--model", "unigram", part, "-o", parts[-1]))
        self.succeeded(run("tokenize", "count", "--model", "unigram", path, "-o", self.folder / "all.counts"))
        self.succeeded(run("tokenize", "count", "--from-counts", *parts, "-o", self.folder / "sum.counts"))
        self.assertEqual((self.folder / "all.counts").read_bytes(), (self.folder / "sum.counts").read_bytes())
        at_once = self.learn(path, "--model", "unigram", "--vocab-size", 4000)
        self.succeeded(run("tokenize", "train", "--model", "unigram", "--vocab-size", 4000, "--from-counts", *parts, "-o",
                           self.folder / "parts.json"))
        self.assertEqual(at_once, json.loads((self.folder / "parts.json").read_text()))

    def test_a_sample_of_lines_is_drawn_by_its_seed(self):
        _, path = self.corpus("english")
        def sample(seed, count=500):
            self.succeeded(run("--seed", seed, "tokenize", "count", "--model", "word", "--sample", count, path, "-o",
                               self.folder / "sample.counts"))
            return (self.folder / "sample.counts").read_bytes()
        self.assertEqual(sample(1), sample(1))
        self.assertNotEqual(sample(1), sample(2))
        self.succeeded(run("tokenize", "count", "--model", "word", path, "-o", self.folder / "all.counts"))
        self.assertEqual(sample(3, 10**6), (self.folder / "all.counts").read_bytes())

    def test_what_cannot_be_learnt_is_refused(self):
        empty, blank = self.file("empty.txt", ""), self.file("blank.txt", " \n\n")
        text = self.file("text.txt", "some words of text\n")
        out = self.folder / "out.json"
        for model in ("word", "bpe", "byte-bpe", "wordpiece", "unigram"):
            self.refused(run("tokenize", "train", "--model", model, empty, "-o", out), "no words to learn from")
        self.refused(run("tokenize", "train", "--model", "word", blank, "-o", out), "no words to learn from")
        for model in ("bpe", "byte-bpe", "wordpiece", "unigram"):
            self.refused(run("tokenize", "train", "--model", model, "--vocab-size", 5, text, "-o", out),
                         "tokenizer.vocab_size: 5 is less than")
        self.refused(run("tokenize", "train", "--model", "wordpiece", "--special", "none", text, "-o", out), "unknown token")
        self.refused(run("tokenize", "train", "--model", "char", "--sample", 5, text, "-o", out), "--sample")
        self.refused(run("tokenize", "train", "--model", "bpe", "--pre-tokenise", "nonsense", text, "-o", out), "nonsense")
        self.refused(run("tokenize", "train", "--model", "bpe", "--from-counts", text, "-o", out), "text.txt:1")
        self.assertFalse(out.exists())

    def test_damaged_counts_are_refused_with_their_line(self):
        text = self.file("text.txt", "b a c a\\b\tc\n")
        counts = self.folder / "x.counts"
        self.succeeded(run("tokenize", "count", "--model", "word", "--pre-tokenise", "whitespace_split", text, "-o", counts))
        lines = counts.read_text().splitlines()
        self.assertEqual(lines[1:], ["a\t1", "a\\\\b\t1", "b\t1", "c\t2"])
        out = self.folder / "out.json"
        for changed, words in (
                (lines[:-1], ["cut short or damaged"]), ([lines[0], *reversed(lines[1:])], ["x.counts:3", "order"]),
                ([lines[0], "a\t0", *lines[2:]], ["x.counts:2", "positive"]), (lines[1:], ["x.counts:1"]),
                ([lines[0], "a", *lines[2:]], ["x.counts:2", "word<TAB>count"]),
                ([lines[0].replace("Split", "Splat"), *lines[1:]], ["Splat"]),
                ([lines[0], "a\\x\t1", *lines[2:]], ["x.counts:2", "damaged"])):
            counts.write_text("".join(line + "\n" for line in changed))
            self.refused(run("tokenize", "train", "--model", "word", "--from-counts", counts, "-o", out), *words)
        counts.write_text("".join(line + "\n" for line in lines))
        self.refused(run("tokenize", "train", "--model", "word", "--pre-tokenise", "uax29", "--from-counts", counts, "-o",
                         out), "cut in another way")


if __name__ == "__main__":
    main()

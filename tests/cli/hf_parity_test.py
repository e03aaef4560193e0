"""Tokenizers that HF tokenizers trained give the same ids, tokens, offsets and text here, and ours the same there.

Every model with each normaliser, pre-tokenizer, post-processor and decoder that we support, on English, Chinese,
Japanese, Russian, Arabic and other text of SEQTOOL_DATA, and on lines made to be difficult.
"""
import json
import os
import pathlib
import random
import sys

from support import CliTest, main, run

try:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, processors, trainers
    from tokenizers import normalizers as norm
    from tokenizers import pre_tokenizers as pre
    from tokenizers.implementations import BertWordPieceTokenizer, ByteLevelBPETokenizer
except ImportError:
    print("SKIPPED: the Python package tokenizers is not installed")
    sys.exit(77)

DATA = pathlib.Path(os.environ.get("SEQTOOL_DATA", ""))
if "SEQTOOL_DATA" not in os.environ or not (DATA / "udhr").is_dir():
    print("SKIPPED: SEQTOOL_DATA does not name the corpora")
    sys.exit(77)

LANGUAGES = ("eng", "cmn_hans", "jpn", "rus", "arb", "heb", "hin", "tha", "kor", "vie", "tur", "ell_polytonic")
HARD_LINES = [
    "", " ", "  ", "a", " a", "a ", "  two  spaces\t and\ttab \u00a0nbsp\u3000ideographic ",
    "don't you're we'll I'D it's 'twas ''s", "\u00a8 \u00b4 \u00b8 x\u00a8 y", "a_b c-d e.f,g;h:i", "\u2026\u2014\u2018\u2019",
    "emoji \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1eb\U0001f1f7 \u2764\ufe0f \U0001f44d\U0001f3fd!!",
    "e\u0301 a\u0308\u0323 q\u0307\u0323 \u1e9b\u0323 \ufb01 \ufb03 \u00bd \u2460 \u212b \u01c5 \u0130stanbul "
    "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u03a5\u03a3 stra\u00dfe \u1e9e",
    "\u200bzero\u200bwidth\ufeff \u200d \x01\x02 \x7f \x85 x", "\uff11\uff12\uff13 4\u096b6 \u2177 1,234.56 3\u00bd",
    "<s> [CLS] <unk> [MASK] [UNK] </s> hello<pad>there", "x [SEP]x[SEP] [PAD] a[MASK]b  [MASK]  c",
    "\u1112\u1161\u11ab \u3131\u314f", "\u2581 already \u2581marked\u2581", "x" * 300 + " " + "y" * 20, "a\rb\x0bc\x0cd",
]
POOL = [" ", " ", " ", "\t", "\u00a0", "\u3000", "a", "b", "Z", "\u00e9", "e\u0301", "\u00df", "\u0130", "\ufb01",
        "\u65e5", "\u672c", "\u304b", "\u30ab\u3099", "\u30a2", "\uff41", "\uff11", "1", "9", "\u00bd", "\u0434",
        "\u042f", "\u0639", "\u064b", "\u0939", "\u093f", "\u0e01", "\u0e33", "\U0001f600", "\U0001f468\u200d", "\u0301",
        "\u0323", "'s", "'re", "'", '"', ".", "-", "_", "!", "<", ">", "<unk>", "[CLS]", "[MASK]", "\u200b", "\ufeff",
        "\x01", "\u00a8", "\uac00", "\u1100", "\u1161", "\u2581", "\u2028", "\u212b", "\U0001d15e", "\U00020000"]
BERT_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
          r"\s+(?!\S)|\s+")


def read_lines(path, count):
    return [line for line in path.read_text(encoding="utf-8").split("\n")[:count] if not line.endswith("\r")]


def make_lines():
    lines = [line for name in LANGUAGES for line in read_lines(DATA / "udhr" / f"{name}.txt", 50)]
    lines += read_lines(DATA / "multilingual/zhwiki-sample.txt", 30) + read_lines(DATA / "multilingual/jpn-eng.txt", 50)
    lines += read_lines(DATA / "wikitext-2/valid.txt", 60) + HARD_LINES
    draw = random.Random(5)
    return lines + ["".join(draw.choice(POOL) for _ in range(draw.randint(1, 25))) for _ in range(200)]


LINES = make_lines()
TRAINING = [line for line in LINES[:600] if line]


def trained(model, trainer, normalizer=None, pre_tokenizer=None, decoder=None, post_processor=None):
    """A tokenizer trained by HF; a post-processor may be a function of the tokenizer."""
    tokenizer = Tokenizer(model)
    for name, part in (("normalizer", normalizer), ("pre_tokenizer", pre_tokenizer), ("decoder", decoder)):
        if part is not None:
            setattr(tokenizer, name, part)
    tokenizer.train_from_iterator(TRAINING, trainer(vocab_size=2500, show_progress=False))
    if post_processor is not None:
        tokenizer.post_processor = post_processor(tokenizer) if callable(post_processor) else post_processor
    return tokenizer


def bpe(*parts, spelling=None, **options):
    def trainer(**settings):
        return trainers.BpeTrainer(special_tokens=["[UNK]"], **(spelling or {}), **settings)
    return trained(models.BPE(unk_token="[UNK]", **(spelling or {}), **options), trainer, *parts)


def byte_bpe(*parts):
    def trainer(**settings):
        return trainers.BpeTrainer(initial_alphabet=pre.ByteLevel.alphabet(), **settings)
    return trained(models.BPE(), trainer, *parts)


def wordpiece(*parts):
    def trainer(**settings):
        return trainers.WordPieceTrainer(special_tokens=BERT_TOKENS, **settings)
    return trained(models.WordPiece(unk_token="[UNK]"), trainer, *parts)


def unigram(*parts):
    def trainer(**settings):
        return trainers.UnigramTrainer(special_tokens=["[UNK]"], unk_token="[UNK]", **settings)
    return trained(models.Unigram(), trainer, *parts)


def words(*parts):
    def trainer(**settings):
        return trainers.WordLevelTrainer(special_tokens=["[UNK]"], **settings)
    return trained(models.WordLevel(unk_token="[UNK]"), trainer, *parts)


def bert_template(tokenizer):
    ids = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    return processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids)


def with_added_tokens(tokenizer):
    tokenizer.add_tokens([AddedToken("Hello", normalized=True), AddedToken("the", single_word=True),
                          AddedToken("<x y>", normalized=False), AddedToken("\u65e5", lstrip=True),
                          AddedToken("right", rstrip=True, normalized=False)])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True, normalized=False)])
    return tokenizer


def shortened(tokenizer, direction):
    tokenizer.enable_truncation(20, direction=direction)
    tokenizer.enable_padding(length=24, pad_id=0, pad_token="[PAD]", direction=direction)
    return tokenizer


def replacements():
    pairs = (("'", " '  "), ('"', ""), (".", " . "), ("<br />", " "), (",", " , "))
    return norm.Sequence([norm.Lowercase(), *(norm.Replace(a, b) for a, b in pairs)])


class Parity(CliTest):
    def agree(self, tokenizer, path=None):
        if path is None:
            path = self.folder / "t.json"
            tokenizer.save(str(path))
        text = "".join(line + "\n" for line in LINES)
        expected = tokenizer.encode_batch(LINES)
        answers = self.succeeded(run("tokenize", "encode", path, "--json", stdin=text)).out.split("\n")
        ids = self.succeeded(run("tokenize", "encode", path, "--ids", "--threads", "2", stdin=text)).out
        self.assertEqual(ids, run("tokenize", "encode", path, "--ids", "--threads", "1", stdin=text).out)
        for line, answer, numbers, theirs in zip(LINES, answers, ids.split("\n"), expected):
            ours = json.loads(answer)
            self.assertEqual(ours["ids"], theirs.ids, ascii(line))
            self.assertEqual(numbers, " ".join(map(str, theirs.ids)), ascii(line))
            self.assertEqual(ours["tokens"], theirs.tokens, ascii(line))
            self.assertEqual([tuple(offset) for offset in ours["char_offsets"]], theirs.offsets, ascii(line))
        decoded = self.succeeded(run("tokenize", "decode", path, stdin=ids)).out
        self.assertEqual(decoded, "".join(tokenizer.decode(one.ids) + "\n" for one in expected))

    def agree_on(self, **tokenizers):
        for name, make in tokenizers.items():
            with self.subTest(name):
                self.agree(make())

    def test_wordpiece(self):
        self.agree_on(
            bert=lambda: wordpiece(norm.BertNormalizer(), pre.BertPreTokenizer(), decoders.WordPiece(), bert_template),
            cased=lambda: wordpiece(norm.BertNormalizer(lowercase=False), pre.BertPreTokenizer(),
                                    decoders.WordPiece(cleanup=False),
                                    processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))))

    def test_byte_level_bpe(self):
        def levels(space):
            return pre.ByteLevel(add_prefix_space=space)
        split = pre.Sequence([pre.Split(Regex(LLAMA3), "isolated"), pre.ByteLevel(add_prefix_space=False, use_regex=False)])
        decoder = decoders.ByteLevel()
        self.agree_on(
            gpt2=lambda: byte_bpe(None, levels(False), decoder, processors.ByteLevel(trim_offsets=True)),
            prefix=lambda: byte_bpe(None, levels(True), decoder, processors.ByteLevel(trim_offsets=True)),
            untrimmed=lambda: byte_bpe(norm.NFC(), levels(True), decoder, processors.ByteLevel(trim_offsets=False)),
            folded=lambda: byte_bpe(norm.Sequence([norm.NFKC(), norm.Lowercase()]), levels(False), decoder),
            roberta=lambda: byte_bpe(None, levels(False), decoder,
                                     processors.RobertaProcessing(("!", 0), ("a", 64), add_prefix_space=False)),
            llama3=lambda: byte_bpe(None, split, decoder),
            digits=lambda: byte_bpe(None, pre.Sequence([pre.Digits(individual_digits=True), levels(False)]), decoder))

    def test_unigram(self):
        spaces = norm.Sequence([norm.NFKC(), norm.Replace(Regex(" {2,}"), " ")])
        self.agree_on(
            always=lambda: unigram(norm.NFKC(), pre.Metaspace(), decoders.Metaspace()),
            first=lambda: unigram(spaces, pre.Metaspace(prepend_scheme="first"), decoders.Metaspace(prepend_scheme="first")),
            never=lambda: unigram(norm.Lowercase(), pre.Metaspace(prepend_scheme="never"),
                                  decoders.Metaspace(prepend_scheme="never")),
            split=lambda: unigram(None, pre.Sequence([pre.WhitespaceSplit(), pre.Metaspace()]), decoders.Metaspace()))

    def test_bpe(self):
        plain = norm.Sequence([norm.NFD(), norm.StripAccents(), norm.Lowercase()])
        llama = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(),
                                   decoders.Strip(" ", 1, 0)])
        self.agree_on(
            whitespace=lambda: bpe(None, pre.Whitespace(), decoders.BPEDecoder()),
            end=lambda: bpe(plain, pre.WhitespaceSplit(), decoders.BPEDecoder(),
                            spelling={"end_of_word_suffix": "</w>"}),
            inside=lambda: bpe(norm.NFKD(), pre.BertPreTokenizer(), decoders.WordPiece(prefix="@@"),
                               spelling={"continuing_subword_prefix": "@@"}),
            fused=lambda: bpe(norm.Strip(), pre.Punctuation(), fuse_unk=True),
            llama=lambda: bpe(norm.Sequence([norm.Prepend("\u2581"), norm.Replace(" ", "\u2581")]), None, llama))

    def test_words(self):
        def marks(behavior, *rest):
            return pre.Sequence([pre.Punctuation(behavior=behavior), *rest])
        self.agree_on(
            whitespace=lambda: words(None, pre.Whitespace()),
            english=lambda: words(replacements(), pre.WhitespaceSplit()),
            contiguous=lambda: words(norm.Nmt(), pre.Sequence([pre.WhitespaceSplit(), pre.Punctuation("contiguous"),
                                                               pre.Digits()])),
            previous=lambda: words(norm.BertNormalizer(strip_accents=False), marks("merged_with_previous",
                                                                                   pre.WhitespaceSplit())),
            next=lambda: words(norm.BertNormalizer(clean_text=False), marks("merged_with_next", pre.WhitespaceSplit())),
            removed=lambda: words(norm.StripAccents(), marks("removed", pre.Whitespace())),
            delimiter=lambda: words(norm.Replace(Regex(r"\s+"), " "), pre.CharDelimiterSplit(" ")),
            inverted=lambda: words(None, pre.Split(Regex(r"\w+|[^\w\s]+"), "removed", invert=True)))

    def test_added_tokens_truncation_and_padding(self):
        def bert():
            return wordpiece(norm.BertNormalizer(), pre.BertPreTokenizer(), decoders.WordPiece(), bert_template)
        self.agree_on(
            wordpiece=lambda: with_added_tokens(bert()),
            byte_bpe=lambda: with_added_tokens(byte_bpe(None, pre.ByteLevel(add_prefix_space=False), decoders.ByteLevel())),
            unigram=lambda: with_added_tokens(unigram(norm.NFKC(), pre.Metaspace(prepend_scheme="first"),
                                                      decoders.Metaspace(prepend_scheme="first"))),
            right=lambda: shortened(bert(), "right"),
            left=lambda: shortened(bert(), "left"))

    def test_ours_gives_the_same_there(self):
        text = self.file("corpus.txt", "".join(line + "\n" for line in TRAINING))
        for model in ("word", "bpe", "byte-bpe", "wordpiece", "unigram"):
            with self.subTest(model):
                path = self.folder / f"{model}.json"
                self.succeeded(run("tokenize", "train", "--model", model, "--vocab-size", "2500", text, "-o", path))
                self.agree(Tokenizer.from_file(str(path)), path)

    def test_vocabularies_of_bert_and_gpt2_are_read(self):
        bert = wordpiece(norm.BertNormalizer(), pre.BertPreTokenizer(), decoders.WordPiece(), bert_template)
        bert.model.save(str(self.folder))
        vocabulary = str(self.folder / "vocab.txt")
        self.agree(BertWordPieceTokenizer(vocabulary), vocabulary)
        cased = wordpiece(norm.BertNormalizer(lowercase=False), pre.BertPreTokenizer())
        cased.model.save(str(self.folder))
        self.agree(BertWordPieceTokenizer(vocabulary, lowercase=False), vocabulary)
        byte_bpe(None, pre.ByteLevel(add_prefix_space=False)).model.save(str(self.folder))
        vocabulary = str(self.folder / "vocab.json")
        self.agree(ByteLevelBPETokenizer(vocabulary, str(self.folder / "merges.txt")), vocabulary)

    def test_a_file_stands_for_the_section_of_a_config(self):
        tokenizer = wordpiece(norm.BertNormalizer(), pre.BertPreTokenizer(), decoders.WordPiece(), bert_template)
        tokenizer.save(str(self.folder / "t.json"))
        corpus = self.file("corpus.txt", "a text\n")
        config = self.file("c.json", json.dumps({"data": {"train": str(corpus)}, "tokenizer": "t.json",
                                                 "model": {"type": "char_rnn"}}))
        resolved = json.loads(self.succeeded(run("config", "resolve", config)).out)
        self.assertEqual(resolved["tokenizer"]["from"], str(self.folder / "t.json"))


if __name__ == "__main__":
    main()

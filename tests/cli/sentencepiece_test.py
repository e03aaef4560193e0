"""SentencePiece models give the ids, places and texts that SentencePiece gives."""
import io
import itertools
import json
import os
import pathlib
import sys

from support import CliTest, main, run

try:
    import sentencepiece
except ImportError:
    print("SKIPPED: the Python package sentencepiece is not installed")
    sys.exit(77)

DATA = pathlib.Path(os.environ.get("SEQTOOL_DATA") or pathlib.Path(__file__).resolve().parents[3] / "shared/data")
if not DATA.is_dir():
    print("SKIPPED: no corpora (set SEQTOOL_DATA)")
    sys.exit(77)

FILES = ("wikitext-2/valid.txt", "multilingual/zhwiki-sample.txt", "multilingual/jpn-eng.txt", "udhr/rus.txt",
         "udhr/arb.txt")
ODD = ["", " ", "  two  spaces ", "\ttab\u3000wide", "\u2581mark \u2581", "<s> </s> <unk> <sep> a<sep>b", "e\u0301 \u00e9 \ufb01",
       "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 ok", "aaaaaaaaaaaaaaaaaaaa ------------ ........", "\uff21\uff22\uff23 \u2460 \u33a2",
       "\u1e9b\u0323 \u0958 \u00ad soft\u00adhyphen", "x" * 3000, "ab " * 2000]


def lines_of(name, count):
    with open(DATA / name, encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n").rstrip("\r") for line in itertools.islice(file, count)]


TEXT = [line for name in FILES for line in lines_of(name, 1500)] + ODD
LEARNT = [line for name in FILES for line in lines_of(name, 2500)]


def trained(**options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(LEARNT), model_writer=model, minloglevel=2, **{"character_coverage": 0.9995, **options})
    return model.getvalue()


class SentencePiece(CliTest):
    def compare(self, **options):
        content = trained(**options)
        theirs = sentencepiece.SentencePieceProcessor(model_proto=content)
        path = self.file("x.model", content)
        expected = theirs.encode(TEXT)
        text = "".join(line + "\n" for line in TEXT)
        for model in (path, self.packed(path)):
            ours = self.succeeded(run("tokenize", "encode", model, "--ids", stdin=text)).out.split("\n")
            self.assertEqual(len(ours), len(TEXT) + 1)
            for line, got, want in zip(TEXT, ours, expected):
                self.assertEqual([int(i) for i in got.split()], want, (options, line[:300]))
        ids = "".join(" ".join(map(str, line)) + "\n" for line in expected)
        decoded = self.succeeded(run("tokenize", "decode", path, stdin=ids)).out.split("\n")
        for got, want in zip(decoded, theirs.decode(expected)):
            self.assertEqual(got, want, options)

    def packed(self, path):
        """The model as it is kept in a run folder."""
        import base64
        json_file = self.folder / "packed.json"
        json_file.write_text(json.dumps({"version": "1.0", "model": {
            "type": "SentencePiece", "file": base64.b64encode(path.read_bytes()).decode()}}))
        return json_file

    def test_unigram_models_give_the_same_ids(self):
        self.compare(model_type="unigram", vocab_size=8000)
        self.compare(model_type="unigram", vocab_size=6000, byte_fallback=True, normalization_rule_name="nfkc_cf")
        self.compare(model_type="unigram", vocab_size=6000, normalization_rule_name="identity", add_dummy_prefix=False,
                     remove_extra_whitespaces=False, user_defined_symbols=["<sep>", "ing", "\u65e5\u672c"])

    def test_bpe_models_give_the_same_ids(self):
        self.compare(model_type="bpe", vocab_size=8000)
        self.compare(model_type="bpe", vocab_size=6000, byte_fallback=True, normalization_rule_name="nfkc",
                     user_defined_symbols=["<sep>", "ing"], bos_id=-1, pad_id=3, remove_extra_whitespaces=False)
        self.compare(model_type="bpe", vocab_size=6000, split_by_whitespace=False, treat_whitespace_as_suffix=True)

    def test_what_is_no_model_is_refused_by_its_name(self):
        word = self.file("word.model", trained(model_type="word", vocab_size=2000))
        self.refused(run("tokenize", "encode", word, stdin="a\n"), "word.model", "word is not supported")
        content = trained(model_type="bpe", vocab_size=4500)
        for cut in (0, 1, 100, len(content) // 2, len(content) - 1):
            damaged = self.file("damaged.model", content[:cut])
            self.refused(run("tokenize", "encode", damaged, stdin="a\n"), "damaged.model")


if __name__ == "__main__":
    main()

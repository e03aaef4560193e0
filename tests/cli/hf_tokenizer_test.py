"""tokenizer.json loads in HF tokenizers and gives the same ids, tokens, offsets and text there."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    from tokenizers import Tokenizer
except ImportError:
    print("SKIPPED: the Python package tokenizers is not installed")
    sys.exit(77)

SEQTOOL = os.path.join(os.environ["SEQTOOL_BIN"], "seqtool")
TRAINING = "To be, or not to be,\tthat is the question:\n caf\u00e9 na\u00efve \u65e5\u672c\u8a9e \U0001f600 e\u0301 \\ \"x\" <s>\n"
LINES = [
    "to be",
    "",
    "  two  spaces and a tab\t",
    "caf\u00e9 \u65e5\u672c\u8a9e \U0001f600 e\u0301",
    "unseen: \u00df \u0416 \U0001f680",
    "the spelling <unk> of <s> a special token",
    "\\ \" \u00a0 \u2581 \u0120",
]


def seqtool(*arguments, stdin=""):
    done = subprocess.run([SEQTOOL, *map(str, arguments)], input=stdin.encode(), capture_output=True)
    assert done.returncode == 0, (arguments, done.returncode, done.stderr.decode())
    return done.stdout.decode()


def compare(folder, kind, specials):
    corpus = folder / "corpus.txt"
    corpus.write_bytes(TRAINING.encode())
    path = folder / f"{kind}-{len(specials)}.json"
    flags = [flag for special in specials for flag in ("--special", special)]
    seqtool("tokenize", "train", "--type", kind, corpus, "-o", path, *flags)
    theirs = Tokenizer.from_file(str(path))
    theirs.encode_special_tokens = True  # the spelling of a special token in a text is text, as for seqtool

    text = "".join(line + "\n" for line in LINES)
    ours = seqtool("tokenize", "encode", path, "--json", stdin=text).splitlines()
    ids = seqtool("tokenize", "encode", path, "--ids", stdin=text).split("\n")
    assert len(ours) == len(LINES)
    for number, (line, answer) in enumerate(zip(LINES, ours)):
        answer, expected = json.loads(answer), theirs.encode(line)
        assert answer["ids"] == expected.ids, (kind, line, answer["ids"], expected.ids)
        assert [int(i) for i in ids[number].split()] == expected.ids, (kind, line)
        assert answer["tokens"] == expected.tokens, (kind, line, answer["tokens"], expected.tokens)
        offsets = [tuple(offset) for offset in answer["char_offsets"]]
        assert offsets == expected.offsets, (kind, line, offsets, expected.offsets)
        decoded = seqtool("tokenize", "decode", path, stdin=ids[number] + "\n")
        assert decoded == theirs.decode(expected.ids) + "\n", (kind, line, decoded)

    whole = seqtool("tokenize", "encode", path, "--ids", "--whole", corpus)
    assert [int(i) for i in whole.split()] == theirs.encode(TRAINING).ids, kind
    assert seqtool("tokenize", "decode", path, "--whole", stdin=whole) == TRAINING, kind


with tempfile.TemporaryDirectory() as name:
    compare(Path(name), "char", ["unk"])
    compare(Path(name), "char", ["unk", "bos", "eos", "sep", "pad"])
    compare(Path(name), "byte", [])
    compare(Path(name), "byte", ["eos", "pad"])
print("ok")

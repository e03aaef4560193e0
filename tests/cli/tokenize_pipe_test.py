"""Tokenizers in pipes: readers that leave, lines of any length, threads, NUL bytes, damaged files, hostile tokenizers."""
import gzip
import json
import os
import random
import subprocess
import sys

from support import SEQTOOL, CliTest, main, run

WORDS = "the a of sea river stone light winter don't said never 1914 caf\u00e9 na\u00efve \u65e5\u672c \u0440\u0435\u043a\u0430 \U0001f600 -- , .".split(" ")
MODELS = ("word", "bpe", "byte-bpe", "wordpiece", "unigram")
SMALL = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}


def words(count, seed=1):
    draw = random.Random(seed)
    return [draw.choice(WORDS) + draw.choice(("", "", "s", "ing", "ed")) for _ in range(count)]


def lines(count, seed=1):
    every = words(12 * count, seed)
    return "".join(" ".join(every[12 * i:12 * i + i % 13]) + "\n" for i in range(count))


def zst(content, block_type=0):
    """A frame with one raw block of fewer than 256 bytes; block type 3 is one that there is not."""
    header = (len(content) << 3 | block_type << 1 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(content)]) + header + content


class PipeTest(CliTest):
    def tokenizer(self, model="byte-bpe", size=700, *arguments):
        path = self.folder / f"{model}.json"
        text = self.file("training.txt", lines(400, seed=2))
        self.succeeded(run("tokenize", "train", "--model", model, "--vocab-size", size, *arguments, text, "-o", path))
        return path


class Readers(PipeTest):
    def test_a_reader_that_leaves_early_ends_the_program_quietly(self):
        text, tokenizer = self.file("text.txt", lines(60000)), self.tokenizer()
        ids = self.folder / "ids"
        self.succeeded(run("tokenize", "encode", tokenizer, text, "-o", ids))
        many = self.file("many.txt", "".join(f"w{i} " for i in range(60000)))
        words_of_many = self.folder / "many.json"
        self.succeeded(run("tokenize", "train", "--model", "word", "--vocab-size", 10**6, many, "-o", words_of_many))
        for arguments in (("encode", tokenizer, text), ("encode", tokenizer, text, "--json"),
                          ("encode", tokenizer, text, "--whole", "--threads", "1"), ("decode", tokenizer, ids),
                          ("decode", tokenizer, ids, "--whole"), ("info", words_of_many), ("info", words_of_many, text),
                          ("count", "--model", "word", many, "-o", "-"),
                          ("train", "--model", "word", "--vocab-size", 10**6, many, "-o", "-")):
            command = " ".join(map(str, (SEQTOOL, "tokenize", *arguments)))
            done = subprocess.run(["bash", "-c", f"{command} | head -c 10 > /dev/null; exit ${{PIPESTATUS[0]}}"],
                                  capture_output=True, text=True, timeout=300, check=False)
            self.assertEqual((done.returncode, done.stderr), (128 + 13, ""), arguments)

    def test_what_is_learnt_and_counted_goes_to_stdout_when_asked(self):
        text = self.file("text.txt", lines(300))
        for arguments in (("train", "--model", "bpe", "--vocab-size", 300), ("train", "--model", "char"),
                          ("count", "--model", "unigram")):
            out = self.folder / "out"
            self.succeeded(run("tokenize", *arguments, text, "-o", out))
            result = self.succeeded(run("tokenize", *arguments, "-o", "-", stdin=text.read_bytes()))
            self.assertEqual(result.out, out.read_text())
            self.assertEqual(result.err, "")


class Threads(PipeTest):
    def same_for_any_number(self, *arguments):
        answers = {run("--threads", threads, "tokenize", *arguments).out for threads in (1, 2, 7)}
        self.assertEqual(len(answers), 1, arguments)
        self.assertGreater(len(answers.pop()), 1000, arguments)

    def test_threads_do_not_change_what_is_learnt_or_counted(self):
        text = self.file("text.txt", "".join(f"{line}x{i % 977}\n" for i, line in enumerate(lines(30000).split("\n"))))
        for model in MODELS:
            self.same_for_any_number("train", "--model", model, "--vocab-size", 900, text, "-o", "-")
            self.same_for_any_number("count", "--model", model, text, "-o", "-")

    def test_threads_do_not_change_what_is_encoded_or_decoded(self):
        text = self.file("text.txt", lines(40000))
        for model in ("byte-bpe", "wordpiece"):
            tokenizer = self.tokenizer(model)
            for flags in ((), ("--tokens",), ("--json",), ("--whole",), ("--pad", "longest")):
                if "--pad" in flags:
                    tokenizer = self.tokenizer(model, 700, "--special", "unk", "--special", "pad")
                self.same_for_any_number("encode", tokenizer, text, *flags)
            for flags in ((), ("--whole",)):
                ids = self.folder / "ids"
                self.succeeded(run("tokenize", "encode", tokenizer, text, *flags, "-o", ids))
                self.same_for_any_number("decode", tokenizer, ids, *flags)


class Texts(PipeTest):
    def test_a_line_of_100_mb_has_the_ids_of_its_parts_in_a_few_times_its_memory(self):
        parts = [" " + " ".join(words(9000, seed)) for seed in range(8)] * 210
        line = "".join(parts)[:100 * 1024 * 1024 + 1]
        line = line[:line.rfind(" ")].encode()
        self.assertGreater(len(line), 90e6)
        cut = line.replace(b" winter", b"\n winter")
        tokenizer = self.tokenizer()
        whole, pieces = self.file("line.txt", line), self.file("pieces.txt", cut)
        out = self.folder / "ids"
        # By a small process: what this one holds would count as memory of what it starts.
        measure = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
                   "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        done = subprocess.run([sys.executable, "-c", measure, SEQTOOL, "--threads", "2", "tokenize", "encode", tokenizer,
                               whole, "-o", out], capture_output=True, text=True, check=True)
        self.assertLess(int(done.stdout) * 1024, 8 * len(line))
        self.succeeded(run("tokenize", "encode", tokenizer, pieces, "-o", self.folder / "pieces.ids"))
        expected = (self.folder / "pieces.ids").read_bytes().rstrip(b"\n").replace(b"\n", b" ")
        self.assertTrue(out.read_bytes() == expected + b"\n", "other ids")
        back = self.folder / "back.txt"
        self.succeeded(run("tokenize", "decode", tokenizer, out, "-o", back))
        self.assertTrue(back.read_bytes() == line + b"\n", "another text")

    def test_nul_bytes_are_refused_where_text_is_read_and_characters_like_any_other_when_asked(self):
        text = b"a\0b \0\0 c\0\n\0\nab\n"
        for model in ("char", "byte", "byte-bpe", "bpe"):
            training, tokenizer = self.file("training.txt", text * 20), self.folder / "t.json"
            learn = ("tokenize", "train", "--model", model, *(() if model in ("char", "byte") else ("--vocab-size", 300)))
            if model != "byte":
                self.refused(run(*learn, training, "-o", tokenizer), "training.txt: byte 1 (line 1): a NUL byte")
                self.assertFalse(tokenizer.exists())
            self.succeeded(run(*learn, "--invalid-utf8", "replace", training, "-o", tokenizer))
            for flags in ((), *([("--whole", "--invalid-utf8", "replace")] if model != "bpe" else [])):
                ids = self.succeeded(run("tokenize", "encode", tokenizer, *flags, stdin=text)).out
                back = self.succeeded(run("tokenize", "decode", tokenizer, *flags[:1], stdin=ids)).out.encode()
                self.assertEqual(back, text, (model, flags))
            self.refused(run("tokenize", "encode", tokenizer, "--whole", stdin=text), "stdin: byte 1 (line 1): a NUL byte")
            tokenizer.unlink()
        counts = self.folder / "x.counts"
        self.succeeded(run("tokenize", "count", "--model", "word", "--pre-tokenise", "whitespace_split", "--invalid-utf8",
                           "replace", training, "-o", counts))
        self.succeeded(run("tokenize", "train", "--model", "word", "--from-counts", counts, "-o", tokenizer))
        self.assertIn("a\0b", json.loads(tokenizer.read_text())["model"]["vocab"])

    def test_compressed_text_that_is_cut_short_or_damaged_is_an_error(self):
        tokenizer = self.tokenizer()
        small = lines(9)[:120].encode()
        packed = gzip.compress(os.urandom(2000).hex().encode())
        flipped = bytearray(packed)
        flipped[len(packed) // 2] ^= 0xFF
        whole = self.file("whole.zst", zst(small))
        self.assertEqual(run("tokenize", "encode", tokenizer, whole).out,
                         run("tokenize", "encode", tokenizer, stdin=small).out)
        for name, content in (("cut.gz", packed[:-300]), ("tail.gz", packed[:-4]), ("flipped.gz", bytes(flipped)),
                              ("cut.zst", zst(small)[:-30]), ("block.zst", zst(small, block_type=3))):
            path = self.file(name, content)
            for verb in ("encode", "info"):
                self.refused(run("tokenize", verb, tokenizer, path), name)
            for arguments in (("train", "--model", "bpe"), ("train", "--model", "char"), ("count", "--model", "bpe")):
                out = self.folder / "out"
                self.refused(run("tokenize", *arguments, path, "-o", out), name)
                self.assertFalse(out.exists())

    def test_damage_behind_what_was_written_already_fails_without_leaving_a_file(self):
        tokenizer = self.tokenizer()
        packed = self.file("text.gz", gzip.compress(lines(60000).encode())[:-20])
        self.refused(run("tokenize", "encode", tokenizer, packed), "text.gz", code=1)
        for out, code in (("ids", 1), ("ids.bin", 2)):
            self.refused(run("tokenize", "encode", tokenizer, packed, "-o", self.folder / out), "text.gz", code=code)
            self.assertFalse((self.folder / out).exists(), out)
        phrases = self.file("phrases.tsv", "a\tb\t1\t1\n")
        self.refused(run("tokenize", "phrases", "--apply", phrases, packed), "text.gz", code=1)


class Ids(PipeTest):
    def test_ids_outside_of_the_vocabulary_are_refused_by_their_line(self):
        tokenizer = self.tokenizer()
        size = len(json.loads(tokenizer.read_text())["model"]["vocab"])
        for flags in ((), ("--whole",)):
            for bad in ("-1", str(size), "99999999999999999999", "-99999999999999999999"):
                self.refused(run("tokenize", "decode", tokenizer, *flags, stdin=f"7 {bad} 8\n"), "stdin:1",
                             f"{bad} is not in the vocabulary (ids 0 to {size - 1})")
            for bad in ("x", "1.5", "0x10", "7,8", "+3", "1e2", "\0"):
                self.refused(run("tokenize", "decode", tokenizer, *flags, stdin=f"7 {bad} 8\n"), "stdin:1", "is not an id")
            late = "1 2 3\n" * 200000 + f"{size}\n"
            self.refused(run("tokenize", "decode", tokenizer, *flags, stdin=late), "stdin:200001", code=1)


class HostileTokenizers(PipeTest):
    def outcome(self, content):
        path = self.file("hostile.json", content if isinstance(content, (str, bytes)) else json.dumps(content))
        return run("tokenize", "encode", path, stdin="ab a b\n")

    def model(self, **changes):
        return {"model": {**SMALL, **changes}}

    def test_nesting_without_end_is_refused(self):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            for count in (1000, 200000):
                nest = opening * count + "1" + closing * count
                self.refused(self.outcome(nest), "hostile.json")
                self.refused(self.outcome(opening * count), "hostile.json")
                self.refused(self.outcome('{"normalizer": %s, "model": {}}' % nest), "hostile.json")
                self.refused(self.outcome('{"model": {"vocab": {"a": %s}}}' % nest), "hostile.json")
                self.refused(self.outcome('{"model": {"vocab": {"a": 0}, "merges": [%s]}}' % nest), "hostile.json")
        text = '{"normalizer": ' + '{"type":"Sequence","normalizers":[' * 3000 + "]}" * 3000
        self.refused(self.outcome(text + ', "model": {"vocab": {"a": 0}}}'), "hostile.json")

    def test_numbers_that_no_id_or_setting_has_are_refused(self):
        for number in ("1e999", "-1", "18446744073709551616", "9" * 4000, "1.0", "0.5", "1e3", "null", '"0"', "4294967296"):
            self.refused(self.outcome('{"model": {"vocab": {"a": 0, "b": %s}}}' % number), "hostile.json")
        for number in ("1e999", "-1", "9" * 4000, "0.5", '"0"'):
            self.refused(self.outcome('{"model": {"vocab": {"a": 0}, "merges": []}, "truncation": {"max_length": %s, '
                                      '"strategy": "LongestFirst", "stride": 0}}' % number), "hostile.json")
        self.refused(self.outcome('{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 1e999]]}}'), "hostile.json")
        self.refused(self.outcome('{"model": {"type": "BPE", "dropout": 7, "vocab": {"a": 0}, "merges": []}}'), "dropout")

    def test_tokens_and_merges_that_stand_twice_or_go_in_circles_end(self):
        self.refused(self.outcome('{"model": {"vocab": {"a": 0, "a": 1}}}'), "duplicate")
        self.refused(self.outcome('{"model": {"vocab": {"a": 0, "b": 0}}}'), "same id")
        self.refused(self.outcome('{"model": {"vocab": {"a": 0}, "vocab": {"b": 0}}}'), "duplicate")
        self.refused(self.outcome('{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0], ["a", 1]]}}'), "already")
        self.refused(self.outcome(self.model(merges=[["ab", "a"]])), "merges[0]")
        answer = self.succeeded(self.outcome(self.model(merges=[["a", "b"], ["a", "b"]]))).out
        self.assertEqual(answer, "2 0 1\n")
        # A right half that is nothing but the prefix, an empty token: the result of a merge is one of its parts.
        circle = self.model(vocab={"a": 0, "b": 1, "##": 2, "##b": 3, "": 4, "ab": 5}, continuing_subword_prefix="##",
                            merges=[["a", "##"], ["", "a"], ["a", "##b"], ["ab", "##"], ["##", "##"]])
        self.succeeded(self.outcome(circle))

    def test_steps_that_would_never_end_are_refused_or_end(self):
        empty = {"normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "x"}}
        self.succeeded(self.outcome({**self.model(), **empty}))
        nothing = {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "()*|a*"}, "behavior": "Isolated", "invert": False}}
        self.succeeded(self.outcome({**self.model(), **nothing}))
        slow = {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}}
        path = self.file("slow.json", json.dumps({**self.model(), **slow}))
        done = run("tokenize", "encode", path, stdin="a" * 28 + "b\n")
        self.assertIn(done.code, (0, 2), done)


if __name__ == "__main__":
    main()

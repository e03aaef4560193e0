"""seqtool vectors: answers recomputed with numpy, files exchanged with gensim where it is installed, wrong input refused."""
import gzip
import json
import math
import os
import subprocess
import sys
import unittest
import xml.etree.ElementTree

from support import SEQTOOL, CliTest, main, run

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing} (pip install numpy)")
    sys.exit(77)
try:
    from gensim.models import KeyedVectors
except ImportError:
    KeyedVectors = None

WORDS = ["the", "King", "queen", "man", "woman", "naïve", "cat", "dog", "paris", "france", "tokyo", "japan"]
QUESTIONS = ": family\nman king woman queen\nking man queen woman\nman king woman unicorn\n: capitals\n" \
            "paris france tokyo japan\nTokyo Japan Paris France\ncat dog man woman\n"
PAIRS = "# comment\nking\tqueen\t8.5\nman\twoman\t8.3\ncat\tdog\t7\ncat\tfrance\t1\nparis\tking\t2.5\nparis\tunicorn\t1\n"


def made_vectors(extra=0, dimension=8):
    """Words and vectors in which the analogies of QUESTIONS hold more or less."""
    random = np.random.default_rng(1)
    parts = {name: random.normal(size=dimension) for name in ("person", "royal", "female", "place", "country", "asia", "pet")}
    mixed = {"King": "person royal", "queen": "person royal female", "man": "person", "woman": "person female",
             "paris": "place", "france": "place country", "tokyo": "place asia", "japan": "place asia country",
             "cat": "pet", "dog": "pet"}
    words = WORDS + [f"w{i}" for i in range(extra)]
    rows = [sum((parts[p] for p in mixed.get(w, "").split()), 0.3 * random.normal(size=dimension)) for w in words]
    return words, np.array(rows, dtype=np.float32)


def text(words, rows, header=True):
    lines = [f"{len(words)} {rows.shape[1]}"] if header else []
    return "\n".join(lines + [" ".join([w, *map(repr, map(float, r))]) for w, r in zip(words, rows)]) + "\n"


def binary(words, rows):
    return f"{len(words)} {rows.shape[1]}\n".encode() + b"".join(
        w.encode() + b" " + r.tobytes() + b"\n" for w, r in zip(words, rows))


class VectorsTest(CliTest):
    def setUp(self):
        super().setUp()
        self.words, self.rows = made_vectors(extra=200)
        self.unit = self.rows / np.linalg.norm(self.rows, axis=1, keepdims=True)
        self.path = self.file("v.txt", text(self.words, self.rows))

    def row(self, word):
        return self.unit[self.words.index(word)]

    def vectors(self, verb, *arguments, stdin="", path=None):
        return self.succeeded(run("vectors", verb, path or self.path, *arguments, stdin=stdin)).out

    def answers(self, verb, *arguments, stdin="", path=None):
        lines = self.vectors(verb, *arguments, "--json", stdin=stdin, path=path).splitlines()
        return [json.loads(line) for line in lines]


class Queries(VectorsTest):
    def expect(self, answer, scores, excluded, tolerance=1e-5):
        """The neighbours of an answer are the rows of greatest score."""
        order = [i for i in np.argsort(-scores, kind="stable") if self.words[i] not in excluded]
        self.assertEqual([n["word"] for n in answer["neighbours"]],
                         [self.words[i] for i in order[:len(answer["neighbours"])]])
        for neighbour, i in zip(answer["neighbours"], order):
            self.assertAlmostEqual(neighbour["score"], abs(scores[i]) if scores[i] < -2 else scores[i], delta=tolerance)

    def test_nearest_by_cosine_of_a_word_and_of_a_sum(self):
        self.expect(self.answers("nearest", "queen")[0], self.unit @ self.row("queen"), ["queen"])
        target = self.row("King") - self.row("man") + self.row("woman")
        answer, = self.answers("nearest", "King", "-", "man", "+", "woman", "-k", "3")
        self.assertEqual(answer["query"], "King - man + woman")
        self.expect(answer, self.unit @ (target / np.linalg.norm(target)), ["King", "man", "woman"])
        self.assertEqual(answer["neighbours"][0]["word"], "queen")

    def test_nearest_by_dot_product_and_distance(self):
        cat = self.rows[self.words.index("cat")]
        dot, = self.answers("nearest", "cat", "--metric", "dot")
        self.assertEqual([n["word"] for n in dot["neighbours"]],
                         [self.words[i] for i in np.argsort(-self.rows @ cat) if self.words[i] != "cat"][:10])
        far, = self.answers("nearest", "cat", "--metric", "euclidean")
        distances = np.linalg.norm(self.rows - cat, axis=1)
        for neighbour, i in zip(far["neighbours"], np.argsort(distances)[1:]):
            self.assertEqual(neighbour["word"], self.words[i])
            self.assertAlmostEqual(neighbour["score"], distances[i], delta=1e-4)

    def test_analogies_by_sum_and_by_product(self):
        a, b, c = self.row("man"), self.row("King"), self.row("woman")
        target = b - a + c
        add, = self.answers("analogy", "man", "King", "woman")
        self.expect(add, self.unit @ (target / np.linalg.norm(target)), ["man", "King", "woman"])
        shifted = [(1 + self.unit @ word) / 2 for word in (a, b, c)]
        multiply, = self.answers("analogy", "man", "King", "woman", "--method", "multiply")
        self.expect(multiply, shifted[1] * shifted[2] / (shifted[0] + 1e-6), ["man", "King", "woman"], 1e-4)

    def test_a_byte_order_mark_is_no_part_of_the_first_word(self):
        for header in (True, False):
            path = self.file("bom.txt", "\ufeff" + text(self.words[:9], self.rows[:9], header))
            found, = self.answers("similarity", self.words[0], self.words[1], path=path)
            self.assertAlmostEqual(found["similarity"], float(self.unit[0] @ self.unit[1]), delta=1e-6)

    def test_vectors_are_converted_to_stdout(self):
        out = self.succeeded(run("vectors", "convert", self.path, "-o", "-", "--format", "text")).out
        self.assertEqual(out.split("\n")[0], f"{len(self.words)} {self.rows.shape[1]}")
        self.assertFalse((self.folder / "-").exists())

    def test_the_odd_one_out_similarity_and_sentences(self):
        group = ["King", "queen", "cat", "woman"]
        mean = sum(self.row(w) for w in group)
        odd, = self.answers("doesnt-match", *group)
        self.assertEqual(odd["odd"], min(group, key=lambda w: self.row(w) @ mean))
        pair, = self.answers("similarity", "cat", "dog")
        self.assertAlmostEqual(pair["similarity"], float(self.row("cat") @ self.row("dog")), delta=1e-6)
        pair, = self.answers("similarity", "cat,dog", "King")
        both = self.rows[self.words.index("cat")] + self.rows[self.words.index("dog")]
        self.assertAlmostEqual(pair["similarity"], float(both / np.linalg.norm(both) @ self.row("King")), delta=1e-6)
        sentence, = self.answers("sentence", "the cat saw naïve")
        rows = [self.rows[self.words.index(w)] for w in ("the", "cat", "naïve")]
        np.testing.assert_allclose(sentence["vector"], np.mean(rows, axis=0), atol=1e-6)
        self.assertEqual((sentence["known"], sentence["unknown"]), (3, 1))
        numbers = [float(x) for x in self.vectors("sentence", "the", "cat", "saw", "naïve").split()]
        np.testing.assert_allclose(numbers, sentence["vector"], rtol=1e-6)

    def test_lines_of_stdin_are_answered_line_by_line(self):
        result = self.succeeded(run("vectors", "nearest", self.path, "-k", "2", stdin="cat\n\nkng\nKing - man + woman\n"))
        lines = result.out.split("\n")
        self.assertEqual(len(lines), 5)
        self.assertEqual(lines[1:3], ["", ""])
        self.assertEqual(len(lines[0].split("\t")), 2)
        self.assertTrue(lines[3].startswith("queen "), lines[3])
        self.assertIn("stdin:3: \"kng\" is not in the vocabulary (did you mean King", result.err)
        self.assertIn("error", json.loads(run("vectors", "similarity", self.path, "--json", stdin="cat\n").out))

    def test_answers_do_not_depend_on_threads(self):
        one = self.vectors("nearest", "cat", "-k", "50", "--threads", "1")
        self.assertEqual(self.vectors("nearest", "cat", "-k", "50", "--threads", "64"), one)

    def test_wrong_questions_are_refused(self):
        def refused(*arguments):
            return lambda *words: self.refused(run("vectors", *arguments), *words)

        refused("nearest", self.path, "kng")("\"kng\" is not in the vocabulary", "did you mean King")
        refused("nearest", self.path, "cat", "-")("no word behind -")
        refused("nearest", self.path, "cat", "-k", "0")("at least 1")
        refused("nearest", self.path, "cat", "--metric", "cosinus")("--metric", "cosine")
        refused("analogy", self.path, "cat", "dog")("2 words, expected 3")
        refused("similarity", self.path, "cat")("1 words, expected 2")
        refused("doesnt-match", self.path, "cat")("expected 2 or more")
        refused("nearest")("VECTORS")
        refused("nearst", self.path)("nearest")
        refused("nearest", self.folder / "none", "cat")("none", "no such file")
        refused("nearest", self.folder, "cat")("no word vectors in this folder")


class Formats(VectorsTest):
    def converted(self, name, *arguments, path=None):
        self.vectors("convert", "-o", self.folder / name, *arguments, path=path)
        return self.folder / name

    def read_text(self, path, header):
        lines = path.read_text(encoding="utf-8").splitlines()[1 if header else 0:]
        return [l.split(" ")[0] for l in lines], np.array([l.split(" ")[1:] for l in lines], dtype=np.float32)

    def test_every_format_is_written_as_others_expect_it_and_read_back(self):
        for name, header in (("o.txt", True), ("o.vec", True)):
            words, rows = self.read_text(self.converted(name), header)
            self.assertEqual(words, self.words)
            np.testing.assert_array_equal(rows, self.rows)
        words, rows = self.read_text(self.converted("glove.txt", "--format", "glove"), False)
        np.testing.assert_array_equal(rows, self.rows)
        self.assertEqual(self.converted("o.bin").read_bytes(), binary(self.words, self.rows))
        np.testing.assert_array_equal(np.load(self.converted("o.npy")), self.rows)
        self.converted("o.safetensors")
        for name in ("o.txt", "o.vec", "glove.txt", "o.bin", "o.npy", "o.safetensors"):
            with self.subTest(name):
                self.assertEqual(self.converted("again.bin", path=self.folder / name).read_bytes(),
                                 binary(self.words, self.rows))

    def test_conversion_says_what_it_wrote(self):
        answer, = self.answers("convert", "-o", self.folder / "o.bin", "--limit", "9")
        self.assertEqual((answer["words"], answer["dimension"]), (9, 8))

    def test_safetensors_reads_our_tensor(self):
        try:
            from safetensors.numpy import load_file
        except ImportError:
            self.skipTest("pip install safetensors")
        np.testing.assert_array_equal(load_file(self.converted("o.safetensors"))["vectors"], self.rows)

    def test_compressed_files_and_stdin_are_read(self):
        plain = self.vectors("nearest", "cat")
        for name in ("o.txt", "o.bin", "o.npy", "o.safetensors"):
            packed = self.file(name + ".gz", gzip.compress(self.converted(name).read_bytes()))
            self.assertEqual(self.vectors("nearest", "cat", path=packed), plain)
            if "." + name.split(".")[1] in (".txt", ".bin"):
                self.assertEqual(self.vectors("nearest", "cat", path="-", stdin=packed.read_bytes()), plain)

    def test_a_run_folder_is_read(self):
        folder = self.folder / "run"
        folder.mkdir()
        os.rename(self.converted("o.safetensors"), folder / "model.safetensors")
        (folder / "vocabulary.txt").write_text("".join(f"{w}\t{9 - i % 9}\n" for i, w in enumerate(self.words)))
        self.assertEqual(self.vectors("nearest", "cat", path=folder), self.vectors("nearest", "cat"))

    def test_types_of_numpy_are_converted(self):
        (self.folder / "vocabulary.txt").write_text("\n".join(self.words) + "\n", encoding="utf-8")
        for kind in (np.float64, np.float16):
            np.save(self.folder / "k.npy", self.rows.astype(kind))
            got = np.frombuffer(b"".join(
                self.converted("k.bin", path=self.folder / "k.npy").read_bytes().split(b"\n", 1)[1:]), np.uint8)
            self.assertEqual(got.tobytes(), binary(self.words, self.rows.astype(kind).astype(np.float32)).split(b"\n", 1)[1])
        np.save(self.folder / "f.npy", np.asfortranarray(self.rows))
        self.refused(run("vectors", "nearest", self.folder / "f.npy", "cat"), "f.npy", "ascontiguousarray")

    def test_damaged_files_are_refused_with_place_and_remedy(self):
        whole = binary(self.words, self.rows)
        for content, *words in (
                (whole[:1000], "cut short", "word"), (whole[:5], "cut short"), (b"", "empty"), (b"\x00\x01\x02", "not word vectors"),
                (text(self.words, self.rows)[:-300], "d.x:212: 2 numbers, expected 8"),
                (b"2 3\na 1 2 3\nb 1 2\n", "d.x:3", "2 numbers, expected 3"),
                (b"9 3\na 1 2 3\n", "header says 9 words, it has 1"), (b"9 0\na\n", "d.x:1: damaged header"),
                (b"a 1 2\na 3 4\n", "d.x:2", "there twice"), (b"a 1 nan\n", "d.x:1", "nan"),
                (b"1 2\na " + np.array([1, np.inf], np.float32).tobytes(), "\"a\" (word 1)", "infinite"),
                (gzip.compress(whole)[:500], "truncated"), (b"\x93NUMPY\x01\x00\x10\x00", "npy"),
                (b"x" * 300000, "not word vectors")):
            with self.subTest(content[:40]):
                self.refused(run("vectors", "nearest", self.file("d.x", content), "a"), "d.x", *words)

    def test_outputs_that_cannot_be_are_refused(self):
        self.refused(run("vectors", "convert", self.path, "-o", self.folder / "o.xyz"), "o.xyz", "--format")
        self.refused(run("vectors", "convert", self.path, "-o", self.folder / "none/o.txt"), "none/o.txt", code=1)
        phrases = self.file("p.txt", "b 1 2\n. . 1 2\n")
        self.refused(run("vectors", "convert", phrases, "-o", self.folder / "o.txt"), "\". .\" (word 2)", "safetensors")

    def test_a_vocabulary_of_another_size_is_refused(self):
        np.save(self.folder / "n.npy", self.rows)
        self.refused(run("vectors", "nearest", self.folder / "n.npy", "cat"), "n.npy", "--vocabulary")
        short = self.file("short.txt", "a\nb\n")
        self.refused(run("vectors", "nearest", self.folder / "n.npy", "cat", "--vocabulary", short), "short.txt: 2 words")


class Evaluation(VectorsTest):
    def setUp(self):
        super().setUp()
        self.questions = self.file("questions.txt", QUESTIONS)
        self.pairs = self.file("pairs.tsv", PAIRS)

    def scores(self, *arguments):
        return json.loads(self.vectors("eval", self.questions, self.pairs, "--json", *arguments))

    def test_scores_equal_those_of_numpy(self):
        scores = self.scores()
        analogies = scores[str(self.questions)]
        folded = {w.upper(): i for i, w in reversed(list(enumerate(self.words)))}
        correct = []
        for line in QUESTIONS.splitlines():
            if line.startswith(":"):
                correct.append([])
                continue
            rows = [folded.get(w.upper()) for w in line.split()]
            if None in rows:
                continue
            near = self.unit @ (self.unit[rows[1]] - self.unit[rows[0]] + self.unit[rows[2]])
            near[rows[:3]] = -9
            correct[-1].append(int(np.argmax(near)) == rows[3])
        self.assertEqual([s["correct"] for s in analogies["sections"]], [sum(c) for c in correct])
        self.assertEqual([s["asked"] for s in analogies["sections"]], [2, 3])
        self.assertEqual([s["unknown"] for s in analogies["sections"]], [1, 0])
        self.assertEqual((analogies["correct"], analogies["asked"]), (sum(map(sum, correct)), 5))
        self.assertGreater(analogies["correct"], 2)
        known = [line.split("\t") for line in PAIRS.splitlines()[1:-1]]
        cosines = [float(self.unit[folded[a.upper()]] @ self.unit[folded[b.upper()]]) for a, b, _ in known]
        judged = [float(s) for _, _, s in known]
        similarity = scores[str(self.pairs)]
        self.assertAlmostEqual(similarity["pearson"], np.corrcoef(judged, cosines)[0, 1], delta=1e-6)
        ranks = [np.argsort(np.argsort(x)) for x in (judged, cosines)]
        self.assertAlmostEqual(similarity["spearman"], np.corrcoef(*ranks)[0, 1], delta=1e-6)
        self.assertEqual((similarity["pairs"], similarity["unknown"]), (5, 1))

    def test_unknown_words_and_case_count_as_asked_for(self):
        self.assertEqual(self.scores("--unknown-wrong")[str(self.questions)]["asked"], 6)
        self.assertEqual(self.scores("--case-sensitive")[str(self.questions)]["unknown"], 4)
        self.assertEqual(self.scores("--restrict-vocab", "3")[str(self.questions)]["asked"], 0)

    def test_the_table_for_people_has_sections_and_totals(self):
        table = self.vectors("eval", self.questions, self.pairs)
        for words in ("family", "capitals", "questions.txt", "of 5", "pairs.tsv", "spearman"):
            self.assertIn(words, table)

    def test_wrong_files_are_refused_before_the_vectors_are_read(self):
        for content, *words in (("", "empty"), (": a\nb c d\n", "e.txt:2", "3 words, expected 4"), ("a b\n", "e.txt:1"),
                                ("a\tb\t1\nc\td\n", "e.txt:2"), ("a\tb\t1\nc\td\tx\n", "e.txt:2", "\"x\"")):
            with self.subTest(content):
                wrong = self.file("e.txt", content)
                self.refused(run("vectors", "eval", self.folder / "none", wrong), "e.txt", *words)


class Projection(VectorsTest):
    def test_pictures_are_well_formed_stand_alone_and_repeat(self):
        arguments = ("project", "--seeds", "King,cat,france", "-k", "3", "--csv", self.folder / "p.csv", "--seed", "7")
        for method in ("tsne", "pca"):
            svg, html = self.folder / "p.svg", self.folder / "p.html"
            self.vectors(*arguments, "--method", method, "-o", svg)
            picture = xml.etree.ElementTree.parse(svg).getroot()
            points = (self.folder / "p.csv").read_text().splitlines()
            self.assertEqual(points[0], "word,seed,x,y,cosine")
            self.assertEqual(len(picture.findall(".//{*}circle")), len(points) - 1)
            self.assertEqual(len(picture.findall(".//{*}text")), len(points) - 1)
            before = svg.read_bytes()
            self.vectors(*arguments, "--method", method, "-o", svg, "--threads", "3")
            self.assertEqual(svg.read_bytes(), before)
            self.vectors(*arguments, "--method", method, "-o", html)
            self.assertNotRegex(html.read_text().replace("http://www.w3.org/2000/svg", ""), r"https?://|src=")

    def test_the_principal_plane_is_that_of_numpy(self):
        self.vectors("project", "--seeds", "King,cat", "-k", "5", "--method", "pca", "--csv", self.folder / "p.csv")
        lines = [line.split(",") for line in (self.folder / "p.csv").read_text().splitlines()[1:]]
        rows = np.array([self.row(line[0]) for line in lines], dtype=np.float64)
        rows -= rows.mean(axis=0)
        expected = rows @ np.linalg.svd(rows)[2][:2].T
        got = np.array([[float(x) for x in line[2:4]] for line in lines])
        np.testing.assert_allclose(np.abs(got), np.abs(expected), atol=1e-4)

    def test_wrong_requests_are_refused(self):
        self.vectors("project", "--seeds", "King,cat", "-k", "0", "--method", "pca", "-o", self.folder / "p.svg")
        self.refused(run("vectors", "project", self.path, "--seeds", "kng", "-o", self.folder / "p.svg"), "kng", "King")
        self.refused(run("vectors", "project", self.path, "--seeds", "cat,cat", "-o", self.folder / "p.svg"), "twice")
        self.refused(run("vectors", "project", self.path, "--seeds", "cat", "-o", self.folder / "p.png"), ".svg or .html")
        self.refused(run("vectors", "project", self.path, "--seeds", "cat"), "--output")

    def test_json_has_the_points_of_the_csv(self):
        answer, = self.answers("project", "--seeds", "cat", "-k", "3", "--csv", self.folder / "p.csv")
        lines = [line.split(",") for line in (self.folder / "p.csv").read_text().splitlines()[1:]]
        self.assertEqual([p["word"] for p in answer["points"]], [line[0] for line in lines])
        for point, line in zip(answer["points"], lines):
            self.assertAlmostEqual(point["x"], float(line[2]), delta=1e-4 * max(1, abs(point["x"])))


@unittest.skipIf(KeyedVectors is None, "gensim is not installed")
class Gensim(VectorsTest):
    def setUp(self):
        super().setUp()
        self.theirs = KeyedVectors(self.rows.shape[1])
        self.theirs.add_vectors(self.words, self.rows)

    def test_gensim_loads_our_files_and_we_load_its(self):
        for name, options in (("o.txt", {}), ("o.bin", {"binary": True}), ("g.txt", {"no_header": True})):
            self.vectors("convert", "-o", self.folder / name, "--format",
                         "glove" if "no_header" in options else name.split(".")[1].replace("txt", "text"))
            loaded = KeyedVectors.load_word2vec_format(str(self.folder / name), **options)
            self.assertEqual(loaded.index_to_key, self.words)
            np.testing.assert_array_equal(loaded.vectors, self.rows)
        for name, is_binary in (("t.txt", False), ("t.bin", True)):
            self.theirs.save_word2vec_format(str(self.folder / name), binary=is_binary)
            self.assertEqual(self.vectors("nearest", "cat", path=self.folder / name), self.vectors("nearest", "cat"))

    def test_its_evaluators_give_our_scores(self):
        random = np.random.default_rng(2)
        names = self.words
        lines = [": random"] + [" ".join(random.choice(names, 4)) for _ in range(300)]
        questions = self.file("questions.txt", QUESTIONS + "\n".join(lines) + "\n")
        pairs = self.file("pairs.tsv", PAIRS + "".join(
            f"{a}\t{b}\t{random.integers(0, 10)}\n" for a, b in random.choice(names, (100, 2))))
        for restricted in (300000, 50):
            ours = json.loads(self.vectors("eval", questions, pairs, "--restrict-vocab", str(restricted), "--json"))
            _, sections = self.theirs.evaluate_word_analogies(str(questions), restrict_vocab=restricted)
            self.assertEqual([(s["name"], s["correct"], s["asked"]) for s in ours[str(questions)]["sections"]],
                             [(s["section"], len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in sections[:-1]])
            pearson, spearman, unknown = self.theirs.evaluate_word_pairs(str(pairs), restrict_vocab=restricted)
            score = ours[str(pairs)]
            self.assertAlmostEqual(score["pearson"], pearson[0], delta=1e-5)
            self.assertAlmostEqual(score["spearman"], spearman[0], delta=1e-5)
            self.assertAlmostEqual(100 * score["unknown"] / (score["unknown"] + score["pairs"]), unknown, delta=1e-9)

    def test_its_neighbours_are_ours(self):
        ours, = self.answers("nearest", "King", "-", "man", "+", "woman")
        for (word, score), one in zip(self.theirs.most_similar(positive=["King", "woman"], negative=["man"]), ours["neighbours"]):
            self.assertEqual(one["word"], word)
            self.assertTrue(math.isclose(one["score"], score, abs_tol=1e-5))
        ours, = self.answers("analogy", "man", "King", "woman", "--method", "multiply")
        for (word, score), one in zip(self.theirs.most_similar_cosmul(positive=["King", "woman"], negative=["man"]), ours["neighbours"]):
            self.assertEqual(one["word"], word)
            self.assertTrue(math.isclose(one["score"], score, rel_tol=1e-4))


if __name__ == "__main__":
    main()

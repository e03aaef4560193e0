"""seqtool report: one HTML file, complete in itself."""
import html.parser
import json
import re

from support import TrainedTest, main, run


class Tags(html.parser.HTMLParser):
    """Refuses tags that are closed in the wrong order."""

    VOID = {"meta", "br", "hr", "img", "link", "input", "line", "path", "rect", "circle", "polyline", "use"}

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:])
        self.open.pop()


class Report(TrainedTest):
    SETS = ("train.max_steps=30", "train.eval_every_steps=10", "train.sample_length=40")

    def test_it_prints_the_path_and_the_page_is_whole_and_alone(self):
        folder = self.copy()
        result = self.succeeded(run("report", folder))
        self.assertEqual(result.out, f"{folder}/report.html\n")
        page = (folder / "report.html").read_text()
        tags = Tags()
        tags.feed(page)
        self.assertEqual(tags.open, [])
        self.assertIn("svg", tags.seen)
        self.assertEqual(re.findall(r"""(?:src|href)=["'](?!#|data:)""", page), [], "nothing is loaded from elsewhere")

    def test_two_runs_are_overlaid_under_their_names(self):
        first, second = self.copy("first-run"), self.copy("second-run")
        output = self.folder / "compare.html"
        self.assertEqual(self.succeeded(run("report", first, second, "-o", output)).out, f"{output}\n")
        page = output.read_text()
        self.assertIn("first-run", page)
        self.assertIn("second-run", page)
        self.assertFalse((first / "report.html").exists())

    def test_a_run_that_has_not_logged_anything_yet_gives_a_page_or_a_reason(self):
        folder = self.copy()
        (folder / "metrics.jsonl").write_text("")
        result = run("report", folder)
        if result.code != 0:
            self.refused(result, "metrics.jsonl")
        (folder / "metrics.jsonl").unlink()
        result = run("report", folder)
        if result.code != 0:
            self.refused(result, "metrics.jsonl")

    def test_a_half_written_last_line_is_ignored_and_another_bad_line_is_named(self):
        folder = self.copy()
        path = folder / "metrics.jsonl"
        content = path.read_text()
        path.write_text(content + '{"kind":"train","st')
        self.succeeded(run("report", folder))
        path.write_text('{"kind"\n' + content)
        self.refused(run("report", folder), "metrics.jsonl:1")

    def test_names_and_texts_are_escaped(self):
        folder = self.copy("a<b&c")
        with open(folder / "metrics.jsonl", "a", encoding="utf-8") as lines:
            lines.write('{"kind":"sample","step":30,"text":"<script>alert(1)</script>"}\n')
        self.succeeded(run("report", folder))
        page = (folder / "report.html").read_text()
        self.assertNotIn("<script>alert(1)", page)
        self.assertNotIn("a<b&c", page)
        self.assertIn("a&lt;b&amp;c", page)

    def test_pictures_of_runs_stand_side_by_side_and_damaged_ones_are_named(self):
        runs = [self.copy(name) for name in ("under", "over")]
        for folder in runs:
            (folder / "fit.json").write_text(json.dumps(
                {"axes": ["x", "y"], "title": f"degree of {folder.name}", "curve": [[0, 0], [1, 1]], "points": [[0, 1]]}))
            (folder / "boundary.json").write_text(json.dumps(
                {"x": [0, 1], "y": [0, 1], "columns": 2, "rows": 1, "names": ["a", "b"], "axes": ["u", "v"],
                 "grid": [0, 1], "confidence": [0.5, 1], "points": [[0.5, 0.5, 1, 0]]}))
        page = self.succeeded(run("report", *runs, "-o", "-")).out
        for words in ("degree of under", "degree of over", "Decision boundary"):
            self.assertIn(words, page)
        tags = Tags()
        tags.feed(page)
        self.assertEqual(tags.open, [])
        (runs[1] / "boundary.json").write_text("[1")
        self.refused(run("report", *runs), "over/boundary.json:1:3: not valid JSON")
        (runs[1] / "boundary.json").unlink()
        (runs[1] / "fit.json").write_text('{"axes": ["x"]}')
        self.refused(run("report", *runs), "over/fit.json: axes: 1 values")

    def test_an_output_that_cannot_be_written_is_named(self):
        self.refused(run("report", self.trained, "-o", self.folder / "none/r.html"), "none/r.html", code=1)


if __name__ == "__main__":
    main()

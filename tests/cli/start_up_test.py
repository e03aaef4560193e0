"""seqtool itself stays free of LibTorch, and finds the program that is not."""
import os
import shutil
import subprocess
import sys

from support import SEQTOOL, CliTest, main, run


class StartUp(CliTest):
    def libraries(self, program):
        return subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout

    def test_seqtool_loads_no_libtorch_and_its_other_half_does(self):
        self.assertNotIn("libtorch", self.libraries(SEQTOOL))
        self.assertNotIn("libc10", self.libraries(SEQTOOL))
        self.assertIn("libtorch", self.libraries(SEQTOOL.parent / "seqtool-torch"))

    def test_the_other_half_is_found_through_a_link_from_anywhere(self):
        link = self.folder / "seqtool"
        link.symlink_to(SEQTOOL)
        done = subprocess.run([link, "--version"], capture_output=True, text=True, cwd=self.folder, check=True)
        self.assertRegex(done.stdout, r"^seqtool \d+\.\d+\.\d+\nLibTorch \d")

    def test_alone_it_does_what_needs_no_tensors_and_names_what_is_missing(self):
        alone = shutil.copy(SEQTOOL, self.folder / "seqtool")

        def call(*arguments, stdin=""):
            return subprocess.run([alone, *arguments], input=stdin, capture_output=True, text=True, check=False)

        self.assertIn("without LibTorch", call("--version").stdout)
        self.assertEqual(call("config", "docs").returncode, 0)
        made = call("tokenize", "train", "-o", self.folder / "t.json", stdin="abc\n")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(call("tokenize", "encode", self.folder / "t.json", "--tokens", stdin="abc\n").stdout, "a b c\n")
        config = self.file("c.json", '{"model": {"type": "char_rnn"}, "data": {"train": "t.json"}}')
        refused = call("train", "--config", config)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("seqtool-torch is missing", refused.stderr)

    def test_help_shows_every_verb_with_examples_and_goes_to_stdout(self):
        result = self.succeeded(run("--help"))
        for verb in ("train", "eval", "sample", "score", "tokenize", "config", "report", "vectors"):
            self.assertIn(verb, result.out)
            page = self.succeeded(run(verb, "--help"))
            self.assertIn(f"seqtool {verb}", page.out)
            self.assertEqual(page.err, "")

    def test_colours_are_off_where_there_is_no_terminal(self):
        result = run("sample", "none", env={"TERM": "xterm-256color"})
        self.assertNotIn("\x1b", result.err)


if __name__ == "__main__":
    if sys.platform != "linux" or not os.access("/usr/bin/ldd", os.X_OK):
        print("skipped: no ldd")
        sys.exit(77)
    main()

// Corpora: cutting, streaming, unknown characters, and every kind of bad input.
#include "text/corpus.h"

#include <spdlog/sinks/ostream_sink.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "base/error.h"
#include "data.h"
#include "run/interruption.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::find_data;
using seq::test::TemporaryFolder;

namespace {

/// A folder with a corpus, and what prepare_corpus logs.
struct Bench {
  TemporaryFolder folder;
  DataOptions data;
  TokenizerOptions options;
  std::ostringstream logged;

  CorpusFiles files() const {
    return {folder.path() / "run/tokenizer.json",
            [base = folder.path()](const std::string& part) { return base / "run/tokens" / (part + ".bin"); }};
  }
  EncodedCorpus prepare() {
    Log log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged));
    log.set_pattern("%l: %v");
    return prepare_corpus(data, options, files(), log);
  }
  std::string add(const std::string& name, const std::string& content) { return folder.file(name, content).string(); }
};

std::string text_of(const EncodedCorpus& corpus, const std::string& part, bool keep_specials = false) {
  const TokenFile& file = *corpus.parts.at(part);
  std::vector<int64_t> wide(static_cast<size_t>(file.size()));
  file.read(0, wide);
  const std::vector<int32_t> ids(wide.begin(), wide.end());
  std::string text;
  corpus.tokenizer->decode(ids, text, keep_specials);
  return text;
}

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("a corpus is cut after whole characters") {
  Bench bench;
  bench.data.corpus = {bench.add("a.txt", "0123\u00e9\u65e5\U0001F6007\u00e99")};  // ten characters
  bench.data.split = {0.55, 0.2, 0.2};
  const EncodedCorpus corpus = bench.prepare();
  REQUIRE(text_of(corpus, "train") == "0123\u00e9");
  REQUIRE(text_of(corpus, "valid", true) == "<unk><unk>");
  REQUIRE(text_of(corpus, "test", true) == "<unk>\u00e9");
  REQUIRE_THAT(bench.logged.str(),
               Contains("warning: valid: 2 of 2 tokens are not in the vocabulary (\"\u65e5\" (U+65E5), ") &&
                   Contains("warning: test: 1 of 2 tokens"));
}

TEST_CASE("the parts add up to the text for every split") {
  Bench bench;
  const std::string text = repeated("Hell\u00f6 w\u00f6rld\n", 7);  // 84 characters
  bench.data.corpus = {bench.add("a.txt", text)};
  for (const double first : {0.1, 0.29, 0.5, 0.7, 0.9})
    for (const double second : {0.05, 0.1, 0.2}) {
      if (first + second > 1) continue;
      bench.data.split = {first, second, 1 - first - second};
      if (bench.data.split[2] < 0.02) bench.data.split.pop_back();
      const EncodedCorpus corpus = bench.prepare();
      REQUIRE(corpus.parts.at("train")->size() == static_cast<int64_t>(std::floor(first * 84 + 1e-9)));
      REQUIRE(corpus.parts.at("valid")->size() ==
              static_cast<int64_t>(std::floor((first + second) * 84 + 1e-9)) - corpus.parts.at("train")->size());
      REQUIRE(corpus.parts.count("test") == (bench.data.split.size() == 3 ? 1 : 0));
    }
}

TEST_CASE("what a split leaves over is not used, and a fraction of 0 gives no part") {
  Bench bench;
  bench.data.corpus = {bench.add("a.txt", "0123456789")};
  bench.data.split = {0.5, 0, 0.2};
  const EncodedCorpus corpus = bench.prepare();
  REQUIRE(text_of(corpus, "train") == "01234");
  REQUIRE(corpus.parts.count("valid") == 0);
  REQUIRE(corpus.parts.at("test")->size() == 2);
}

TEST_CASE("files of a list are one text, cut anywhere") {
  Bench bench;
  bench.data.corpus = {bench.add("a.txt", "abc"), bench.add("b.txt", ""), bench.add("c.txt", "abcabcb")};
  bench.data.split = {0.5, 0.5};
  const EncodedCorpus corpus = bench.prepare();
  REQUIRE(text_of(corpus, "train") == "abcab");
  REQUIRE(text_of(corpus, "valid") == "cabcb");
}

TEST_CASE("compressed files give the same ids as plain ones") {
  const std::string text = repeated("A line of text, with an \u00e9 and a \u65e5.\n", 30000);  // several blocks
  Bench plain;
  plain.data.corpus = {plain.add("a.txt", text)};
  const EncodedCorpus expected = plain.prepare();
  for (const std::string program : {"gzip -q", "zstd -q --rm"}) {
    Bench bench;
    const std::string path = bench.add("a.txt", text);
    if (std::system((program + " " + path).c_str()) != 0) {
      WARN("SKIPPED: no program " << program);
      continue;
    }
    bench.data.corpus = {path + (program[0] == 'g' ? ".gz" : ".zst")};
    const EncodedCorpus corpus = bench.prepare();
    REQUIRE(text_of(corpus, "train") == text_of(expected, "train"));
    REQUIRE(text_of(corpus, "valid") == text_of(expected, "valid"));
    REQUIRE(text_of(corpus, "train") + text_of(corpus, "valid") == text);
  }
}

TEST_CASE("the vocabulary comes from the training part only") {
  Bench bench;
  bench.data.train = {bench.add("train.txt", "aaabbb")};
  bench.data.valid = {bench.add("valid.txt", "abzz")};
  const EncodedCorpus corpus = bench.prepare();
  REQUIRE(corpus.tokenizer->vocabulary().size() == 3);
  REQUIRE(text_of(corpus, "valid", true) == "ab<unk><unk>");
  REQUIRE_THAT(bench.logged.str(),
               Contains("warning: valid: 2 of 4 tokens are not in the vocabulary (\"z\" (U+007A))\n"));
  bench.options.specials = {};
  REQUIRE_THROWS_WITH(bench.prepare(), Contains("valid.txt: the character \"z\" (U+007A) is not in the vocabulary"));
}

TEST_CASE("a given tokenizer is taken as it is") {
  Bench bench;
  bench.data.train = {bench.add("train.txt", "abc")};
  bench.prepare();
  fs::rename(bench.files().tokenizer, bench.folder.path() / "given.json");
  bench.options.from = (bench.folder.path() / "given.json").string();
  bench.data.train = {bench.add("other.txt", "cxa")};
  REQUIRE(text_of(bench.prepare(), "train", true) == "c<unk>a");
}

TEST_CASE("bytes need no training pass") {
  Bench bench;
  bench.options.type = "byte";
  bench.data.train = {bench.add("train.txt", "\u00e9")};
  const EncodedCorpus corpus = bench.prepare();
  REQUIRE(corpus.parts.at("train")->size() == 2);
  REQUIRE(text_of(corpus, "train") == "\u00e9");
}

TEST_CASE("a prepared corpus opens again, and parts of an older one are gone") {
  Bench bench;
  bench.data.train = {bench.add("train.txt", "abc")};
  bench.data.valid = bench.data.train;
  bench.prepare();
  REQUIRE(open_corpus(bench.files()).parts.size() == 2);
  bench.data.valid.clear();
  REQUIRE(bench.prepare().parts.size() == 1);
  save_tokenizer(*train_tokenizer({bench.add("more.txt", "abcd")}, {}), bench.files().tokenizer);
  REQUIRE_THROWS_WITH(open_corpus(bench.files()), Contains("train.bin: made with another tokenizer than"));
}

TEST_CASE("bad input is refused with its place") {
  Bench bench;
  const auto refusal = [&](const std::string& path) -> std::string {
    bench.data.train = {path};
    try {
      bench.prepare();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string base = bench.folder.path().string();
  REQUIRE(refusal(base + "/none.txt") == base + "/none.txt: no such file");
  REQUIRE(refusal(base) ==
          base +
              ": is a folder, expected a text file (list its files; labelled texts in folders: data.examples.format)");
  REQUIRE(refusal(bench.add("empty.txt", "")) == base + "/empty.txt: empty, expected text");
  REQUIRE_THAT(refusal(bench.add("x.bin", std::string("ab\0", 3))), Contains("x.bin: byte 2 (line 1): a NUL byte"));
  REQUIRE_THAT(refusal(bench.add("latin.txt", "one\ncaf\xe9\n")),
               Contains("latin.txt: byte 7 (line 2): not valid UTF-8 (0xe9)"));
  REQUIRE_THAT(refusal("-"), Contains("stdin: cannot be read more than once"));
  REQUIRE_THAT(refusal("/dev/null"), Contains("no regular file"));
  bench.options.invalid_utf8 = "replace";
  REQUIRE(refusal(base + "/latin.txt") == "");
  REQUIRE(text_of(open_corpus(bench.files()), "train") == "one\ncaf\uFFFD\n");
}

TEST_CASE("a missing test file is noticed before any work") {
  Bench bench;
  bench.data.train = {bench.add("train.txt", "abc")};
  bench.data.test = {"/none/test.txt"};
  REQUIRE_THROWS_WITH(bench.prepare(), Contains("/none/test.txt: no such file"));
  REQUIRE_FALSE(fs::exists(bench.folder.path() / "run"));
}

TEST_CASE("the options of data are checked against each other") {
  DataOptions data;
  REQUIRE_THROWS_WITH(check_data_options(data), Contains("data.train: missing"));
  data.corpus = {"a.txt"};
  REQUIRE_NOTHROW(check_data_options(data));
  data.valid = {"b.txt"};
  REQUIRE_THROWS_WITH(check_data_options(data), Contains("data.valid: does not go with data.corpus"));
  data.valid.clear();
  data.split = {0.9, 0.2};
  REQUIRE_THROWS_WITH(check_data_options(data), Contains("data.split: the fractions sum to 1.1"));
  data.split = {0, 1};
  REQUIRE_THROWS_WITH(check_data_options(data), Contains("data.split[0]"));
  data.split = {0.25, 0.25, 0.25, 0.25};
  REQUIRE_THROWS_WITH(check_data_options(data), Contains("data.split: 4 fractions"));
  data.split = {0.7, 0.2, 0.1};
  REQUIRE_NOTHROW(check_data_options(data));
}

TEST_CASE("a text too short for its split is refused") {
  Bench bench;
  bench.data.corpus = {bench.add("a.txt", "ab")};
  bench.data.split = {0.9, 0.05, 0.05};
  REQUIRE_THROWS_WITH(bench.prepare(), Contains("a.txt: 2 characters are too few: data.split leaves none for valid"));
}

TEST_CASE("a file of the user's is encoded with a given tokenizer") {
  Bench bench;
  const auto tokenizer = train_tokenizer({bench.add("a.txt", "abc")}, {});
  encode_file(bench.add("b.txt", "cbaz"), *tokenizer, InvalidUtf8::refuse, bench.folder.path() / "new/b.bin");
  std::vector<int64_t> ids(4);
  TokenFile(bench.folder.path() / "new/b.bin").read(0, ids);
  REQUIRE(ids == std::vector<int64_t>{3, 2, 1, 0});
}

TEST_CASE("a signal ends the passes over a corpus, and no half of a part is left") {
  Bench bench;
  bench.data.corpus = {bench.add("a.txt", repeated("some text\n", 100))};
  const InterruptionGuard guard;
  std::raise(SIGTERM);
  REQUIRE_THROWS_AS(bench.prepare(), Interrupted);
  REQUIRE_FALSE(fs::exists(bench.files().tokens("train")));
}

TEST_CASE("fingerprints tell files apart") {
  Bench bench;
  bench.data.train = {bench.add("a.txt", "123456789")};
  bench.data.valid = {bench.add("b.txt", "")};
  const Json prints = data_fingerprints(bench.data);
  REQUIRE(prints.at(bench.data.train[0]) == Json{{"size", 9}, {"crc32", "cbf43926"}});
  REQUIRE(prints.at(bench.data.valid[0]) == Json{{"size", 0}, {"crc32", "00000000"}});
}

TEST_CASE("tiny Shakespeare is cut as everyone cuts it") {
  const auto path = find_data("tinyshakespeare/input.txt");
  if (!path) return;
  Bench bench;
  bench.data.corpus = {path->string()};
  const EncodedCorpus corpus = bench.prepare();
  REQUIRE(corpus.parts.at("train")->size() == 1003854);
  REQUIRE(corpus.parts.at("valid")->size() == 111540);
  REQUIRE(text_of(corpus, "train") + text_of(corpus, "valid") == read_file(*path));
}

// Tokenizers as filters: one line out for each line in, whole texts, and bad lines.
#include "text/pipe.h"

#include <rapidcheck.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "test.h"
#include "text/corpus.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

/// A tokenizer over `a b c`, newline, space, `é`, and a folder for input.
struct Bench {
  TemporaryFolder folder;
  TokenizerOptions options;
  PipeOptions pipe;
  std::unique_ptr<Tokenizer> tokenizer = trained();

  std::unique_ptr<Tokenizer> trained() const {
    return train_tokenizer({folder.file("train.txt", "abc\n \u00e9")}, options);
  }
  /// From here on texts are whole, and characters beyond the training text become bytes.
  void whole_texts_of_bytes() {
    options.type = "bpe";
    options.vocab_size = 400;
    options.byte_fallback = true;
    tokenizer = trained();
    pipe.unit = TextUnit::whole;
  }
  std::string encode(const std::string& text) const { return run(encode_stream, text); }
  std::string decode(const std::string& text) const { return run(decode_stream, text); }
  template <class Filter>
  std::string run(const Filter& filter, const std::string& text) const {
    std::ostringstream out;
    filter(*tokenizer, {folder.file("in.txt", text).string()}, out, pipe);
    return out.str();
  }
};

}  // namespace

TEST_CASE("every line gives one line of ids") {
  Bench bench;  // <unk> \n space a b c é
  REQUIRE(bench.encode("ab\n\nc \u00e9z") == "3 4\n\n5 2 6 0\n");
  REQUIRE(bench.encode("ab\r\n") == "3 4\n");
  REQUIRE(bench.encode("") == "");
  REQUIRE(bench.decode("3 4\n\n5 2 6 0\n") == "ab\n\nc \u00e9\n");
  REQUIRE(bench.decode(" 3\t4 ") == "ab\n");
  bench.pipe.keep_specials = true;
  REQUIRE(bench.decode("0 3") == "<unk>a\n");
}

TEST_CASE("tokens are words that show") {
  Bench bench;
  bench.pipe.format = EncodeFormat::tokens;
  REQUIRE(bench.encode("a \u00e9z") == "a \u2581 \u00e9 <unk>\n");
  REQUIRE(shown_token("\n\t\r\\") == "\\n\\t\\r\\\\");
  REQUIRE(shown_token("\u2581\u00a0\u0001") == "\\u2581\\u00A0\\u0001");
  REQUIRE(shown_token("\U000E0001") == "\\U000E0001");
}

TEST_CASE("JSON holds ids, tokens and both kinds of offset") {
  Bench bench;
  bench.pipe.format = EncodeFormat::json;
  REQUIRE(bench.encode("\u00e9a\n\n") ==
          "{\"ids\":[6,3],\"tokens\":[\"\u00e9\",\"a\"],\"offsets\":[[0,2],[2,3]],\"char_offsets\":[[0,1],[1,2]]}\n"
          "{\"ids\":[],\"tokens\":[],\"offsets\":[],\"char_offsets\":[]}\n");
  bench.options.type = "byte";
  bench.tokenizer = bench.trained();
  const Json json = Json::parse(bench.encode("a\u65e5b"));
  REQUIRE(json["tokens"].size() == 5);
  REQUIRE(json["offsets"] == Json::parse("[[0,1],[1,2],[2,3],[3,4],[4,5]]"));
  REQUIRE(json["char_offsets"] == Json::parse("[[0,1],[1,2],[1,2],[1,2],[2,3]]"));
}

TEST_CASE("a whole text is one line, and its newlines are tokens") {
  Bench bench;
  bench.pipe.unit = TextUnit::whole;
  REQUIRE(bench.encode("ab\nc\n") == "3 4 1 5 1\n");
  REQUIRE(bench.decode("3 4 1 5 1\n") == "ab\nc\n");
  REQUIRE(bench.decode("3 4\n1") == "ab\n");
  REQUIRE(bench.encode("") == "\n");
  bench.pipe.format = EncodeFormat::json;
  REQUIRE(Json::parse(bench.encode("a\nb"))["ids"] == Json::parse("[3,1,4]"));
}

TEST_CASE("several files are one stream of lines, or one line each") {
  Bench bench;
  const std::vector<std::string> files = {bench.folder.file("1.txt", "a\nb").string(),
                                          bench.folder.file("2.txt", "c").string()};
  std::ostringstream lines, whole;
  encode_stream(*bench.tokenizer, files, lines, bench.pipe);
  REQUIRE(lines.str() == "3\n4\n5\n");
  bench.pipe.unit = TextUnit::whole;
  encode_stream(*bench.tokenizer, files, whole, bench.pipe);
  REQUIRE(whole.str() == "3 1 4\n5\n");
}

TEST_CASE("whole texts of any length come back byte for byte") {
  Bench bench;
  bench.pipe.unit = TextUnit::whole;
  std::string text;
  for (int i = 0; i < 300000; ++i) text += i % 7 == 0 ? "\n" : i % 5 == 0 ? "\u00e9" : "ab";
  REQUIRE(bench.decode(bench.encode(text)) == text);
}

TEST_CASE("a whole text of bytes that stand for characters is cut between characters") {
  Bench bench;
  bench.whole_texts_of_bytes();
  std::string text = "a";  // of three bytes a character, and of four, whatever the size of a block is
  while (text.size() < 1500000) text += text.size() % 5 == 0 ? " abc" : "\u65e5\U0001F600";
  REQUIRE(bench.decode(bench.encode(text)) == text);
  bench.pipe.threads = 1;
  std::string ids = bench.encode(text);
  std::replace(ids.begin(), ids.end(), ' ', '\n');
  REQUIRE(bench.decode(ids) == text);
  ids.insert(ids.size() - 1, "\n999");
  REQUIRE_THROWS_WITH(bench.decode(ids), Contains(":" + std::to_string(std::count(ids.begin(), ids.end(), '\n')) +
                                                  ": 999 is not in the vocabulary"));
}

TEST_CASE("bytes at the end of whole texts are not lost, wherever blocks of ids end") {
  Bench bench;
  bench.whole_texts_of_bytes();
  std::string text;
  while (text.size() < 40000) text += "ab c";
  text += "\u65e5";
  const std::string ids = bench.encode(text);
  REQUIRE(ids.size() > 1 << 14);
  REQUIRE(ids.ends_with('\n'));
  REQUIRE(bench.decode(ids) == text);
  const std::vector<std::string> files = {bench.folder.file("1.ids", ids).string(),
                                          bench.folder.file("2.ids", ids).string()};
  std::ostringstream both;
  decode_stream(*bench.tokenizer, files, both, bench.pipe);
  REQUIRE(both.str() == text + text);
}

TEST_CASE("a bad line of ids is refused by its number") {
  Bench bench;
  for (const TextUnit unit : {TextUnit::lines, TextUnit::whole}) {
    bench.pipe.unit = unit;
    REQUIRE_THROWS_WITH(bench.decode("3\n3 a7 4\n"),
                        Contains("in.txt:2: \"a7\" is not an id (expected numbers between spaces)"));
    REQUIRE_THROWS_WITH(bench.decode("3\n\n7\n"), Contains("in.txt:3: 7 is not in the vocabulary (ids 0 to 6)"));
    REQUIRE_THROWS_WITH(bench.decode("-1"), Contains("in.txt:1: -1 is not in the vocabulary"));
    REQUIRE_THROWS_WITH(bench.decode("99999999999999999999"), Contains("is not in the vocabulary"));
    REQUIRE_THROWS_WITH(bench.decode("1.5"), Contains("\"1.5\" is not an id"));
    REQUIRE_THROWS_WITH(bench.decode(std::string(100000, 'x')), Contains("is not an id"));
  }
}

TEST_CASE("a line that is not UTF-8 is refused by its number, or its bad bytes replaced") {
  Bench bench;
  REQUIRE_THROWS_WITH(bench.encode("a\nb\xff\n"),
                      Contains("in.txt:2: byte 1: not valid UTF-8 (0xff); --invalid-utf8 replace goes on"));
  bench.pipe.invalid = InvalidUtf8::replace;
  REQUIRE(bench.encode("a\nb\xff\n") == "3\n4 0\n");
}

TEST_CASE("without an unknown token a strange character is refused with its line") {
  Bench bench;
  bench.options.specials = {};
  bench.tokenizer = bench.trained();
  REQUIRE_THROWS_WITH(bench.encode("a\nz\n"), Contains("in.txt:2: the character \"z\" (U+007A)"));
  bench.pipe.unit = TextUnit::whole;
  REQUIRE_THROWS_WITH(bench.encode("a\nz\n"), Contains("in.txt: the character \"z\" (U+007A)"));
}

TEST_CASE("output that cannot be written is an error") {
  Bench bench;
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  REQUIRE_THROWS_AS(encode_stream(*bench.tokenizer, {bench.folder.file("x", "a").string()}, out, bench.pipe), RunError);
}

TEST_CASE("info tells type, size, special tokens and counts") {
  Bench bench;
  std::ostringstream plain, counted, json;
  print_info(*bench.tokenizer, {}, plain, bench.pipe);
  REQUIRE(plain.str() ==
          "type\tchar\nsize\t7\nspecial\tunk\t0\t<unk>\n\nid\ttoken\n"
          "0\t<unk>\n1\t\\n\n2\t\u2581\n3\ta\n4\tb\n5\tc\n6\t\u00e9\n");
  const std::vector<std::string> texts = {bench.folder.file("t.txt", "aab?").string()};
  print_info(*bench.tokenizer, texts, counted, bench.pipe);
  REQUIRE_THAT(counted.str(), Contains("id\ttoken\tcount\n0\t<unk>\t1\n1\t\\n\t0\n2\t\u2581\t0\n3\ta\t2\n4\tb\t1\n"));
  bench.pipe.format = EncodeFormat::json;
  print_info(*bench.tokenizer, texts, json, bench.pipe);
  const Json parsed = Json::parse(json.str());
  REQUIRE(parsed["specials"]["unk"]["id"] == 0);
  REQUIRE(parsed["tokens"][3] == Json{{"id", 3}, {"token", "a"}, {"count", 2}});
}

TEST_CASE("lines of any bytes come back from the byte tokenizer once they are valid") {
  REQUIRE(rc::check([](const std::vector<std::string>& lines) {
    static const auto bench = [] {
      auto made = std::make_unique<Bench>();
      made->options.type = "byte";
      made->tokenizer = made->trained();
      made->pipe.invalid = InvalidUtf8::replace;
      return made;
    }();
    std::string text;
    for (const std::string& line : lines) {
      append_replaced(line, text);
      std::erase_if(text, [](char c) { return c == '\r'; });
      text += '\n';
    }
    RC_ASSERT(bench->decode(bench->encode(text)) == text);
  }));
}

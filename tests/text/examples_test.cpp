// Labelled texts in all formats, and how they are shared out.
#include "text/examples.h"

#include <algorithm>

#include "test.h"

using namespace seq;

namespace {

std::vector<Example> read_all(const std::string& path, const ExampleOptions& options = {},
                              InvalidUtf8 invalid = InvalidUtf8::refuse) {
  ExampleReader reader({path}, options, invalid);
  std::vector<Example> all;
  for (Example example; reader.next(example);) all.push_back(example);
  return all;
}

void check_two(const std::vector<Example>& examples) {
  REQUIRE(examples.size() == 2);
  REQUIRE(examples[0].labels == std::vector<std::string>{"pos"});
  REQUIRE(examples[0].text == "what a film");
  REQUIRE(examples[1].labels == std::vector<std::string>{"neg"});
  REQUIRE(examples[1].text == "dull, \"so\" dull");
}

}  // namespace

TEST_CASE("every format gives the same examples", "[examples]") {
  const test::TemporaryFolder folder;
  check_two(read_all(
      folder.file("a.tsv", "\xEF\xBB\xBFid\tlabel\ttext\n1\tpos\twhat a film\n2\tneg\tdull, \"so\" dull\n").string()));
  check_two(
      read_all(folder.file("a.csv", "text,label\r\nwhat a film,pos\r\n\"dull, \"\"so\"\" dull\",neg\r\n").string()));
  check_two(read_all(folder
                         .file("a.jsonl",
                               "{\"label\":\"pos\",\"text\":\"what a film\"}\n\n"
                               "{\"text\":\"dull, \\\"so\\\" dull\",\"label\":[\"neg\"]}\n")
                         .string()));
  check_two(read_all(folder.file("a.txt", "__label__pos what a film\n__label__neg dull, \"so\" dull\n").string()));
  std::filesystem::create_directories(folder.path() / "all/pos");
  std::filesystem::create_directories(folder.path() / "all/neg");
  folder.file("all/neg/1.txt", "dull, \"so\" dull");
  folder.file("all/pos/1.txt", "what a film");
  ExampleOptions folders;
  folders.format = "folders";
  auto examples = read_all((folder.path() / "all").string(), folders);
  std::swap(examples.at(0), examples.at(1));
  check_two(examples);
}

TEST_CASE("a quoted cell goes over lines", "[examples]") {
  const test::TemporaryFolder folder;
  const auto examples = read_all(folder.file("a.csv", "label,text\npos,\"one\ntwo\"\nneg,three\n").string());
  REQUIRE(examples.size() == 2);
  REQUIRE(examples[0].text == "one\ntwo");
  REQUIRE(examples[1].text == "three");
}

TEST_CASE("several labels stand in one cell, in a list, or before the text", "[examples]") {
  const test::TemporaryFolder folder;
  ExampleOptions options;
  options.separator = "|";
  const std::vector<std::string> both = {"a", "b"};
  REQUIRE(read_all(folder.file("a.tsv", "label\ttext\na|b\tx\n").string(), options).at(0).labels == both);
  REQUIRE(read_all(folder.file("a.jsonl", "{\"label\":[\"a\",\"b\"],\"text\":\"x\"}\n").string()).at(0).labels == both);
  REQUIRE(read_all(folder.file("a.txt", "__label__a __label__b x\n").string()).at(0).labels == both);
}

TEST_CASE("what is wrong with a file of examples is told with its line", "[examples]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& name, const std::string& content, const std::string& message) {
    REQUIRE_THROWS_WITH(read_all(folder.file(name, content).string()), Catch::Contains(message));
  };
  refused("a.tsv", "id\tbody\n", "a.tsv:1: no column \"text\" (there are: id, body; name it in data.examples.text)");
  refused("a.tsv", "label\ttext\npos\tx\nneg\n", "a.tsv:3: 1 columns, but the header names 2");
  refused("a.tsv", "", "empty, expected a header");
  refused("a.csv", "label,text\npos,x\nneg,\"open\nand on\n", "a.csv:3: broken quoting");
  refused("a.csv", "label,text\npos,a\"b\"\n", "a.csv:2: broken quoting");
  refused("a.jsonl", "{\"label\":\"a\",\"text\":\"x\"}\n{\"label\":\"a\"}\n", "a.jsonl:2: no key \"text\"");
  refused("a.jsonl", "[1]\n", "a.jsonl:1: not a JSON object");
  refused("a.jsonl", "{\"label\":1.5,\"text\":\"x\"}\n", "label is neither a string nor a whole number");
  refused("a.tsv", "label\ttext\n\tx\n", "a.tsv:2: an empty label");
  refused("a.tsv", "label\ttext\na\t\xFF\n", "a.tsv:2: not valid UTF-8 (0xff)");
}

TEST_CASE("bytes that are not UTF-8 are replaced when told so", "[examples]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.tsv", "label\ttext\na\tx\xFF\n").string();
  REQUIRE(read_all(path, {}, InvalidUtf8::replace).at(0).text == "x\xEF\xBF\xBD");
}

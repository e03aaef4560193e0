// Lines into what a model counts, and back.
#include "ngram/units.h"

#include "base/error.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;

namespace {

std::vector<std::string> split(const Units& units, const std::string& line) {
  std::vector<std::string> words;
  units.split(line, words);
  return words;
}

}  // namespace

TEST_CASE("words stand between white space, control characters are part of them", "[units]") {
  const Units units(WordOptions{});
  CHECK(split(units, " a\tb  c\r") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split(units, "a\x01z\xff") == std::vector<std::string>{"a\x01z\xff"});
  CHECK(split(units, "").empty());
  std::string text = "x";
  units.append("y", text);
  CHECK(text == "x y");
}

TEST_CASE("characters come back from their shown forms", "[units]") {
  WordOptions options;
  options.unit = "character";
  const Units units(options);
  const std::string line = "a b\\\t▁é\u00A0\U0001F600\x01";
  const auto words = split(units, line);
  CHECK(words.size() == 10);
  CHECK(words[1] == "▁");
  std::string text;
  for (const std::string& word : words) {
    CHECK(word.find(' ') == std::string::npos);
    units.append(word, text);
  }
  CHECK(text == line);
  CHECK_THROWS_AS(split(units, "\xff"), Error);
}

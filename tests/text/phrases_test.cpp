// Which pairs are phrases, and how a text looks with them joined.
#include "text/phrases.h"

#include <cmath>

#include "test.h"

namespace seq {
namespace {

constexpr const char* kText = "the new york is big\nthe new york is\nthe york\nyork the\n";

std::vector<Phrase> learnt(const std::string& text, const PhraseOptions& options) {
  const test::TemporaryFolder folder;
  return learn_phrases({folder.file("text.txt", text).string()}, options);
}

std::string joined(const PhraseJoiner& joiner, const std::string& text) {
  std::string out;
  joiner.join(text, out);
  return out;
}

}  // namespace

TEST_CASE("phrases are scored as the formulas say", "[phrases]") {
  // the 4, new 2, york 4, is 2, big 1: 13 words. Pairs: the new 2, new york 2, york is 2, is big 1, the york 1,
  // york the 1: 6.
  PhraseOptions options;
  options.min_count = 1;
  options.threshold = 1.6;
  auto found = learnt(kText, options);
  REQUIRE(found.size() == 3);  // (2 - 1) / (2 * 4) * 13 each
  for (const Phrase& phrase : found) CHECK(phrase.score == Approx(13.0 / 8));
  CHECK((found[0].first == "new" && found[0].second == "york" && found[0].count == 2));
  CHECK((found[1].first == "the" && found[1].second == "new"));
  CHECK((found[2].first == "york" && found[2].second == "is"));

  options.score = PhraseScore::gensim;
  options.threshold = 1.3;
  found = learnt(kText, options);
  REQUIRE(found.size() == 3);
  CHECK(found[0].score == Approx(11.0 / 8));  // 5 words and 6 pairs

  options.score = PhraseScore::npmi;
  options.min_count = 2;
  options.threshold = -1;
  found = learnt(kText, options);
  REQUIRE(found.size() == 3);
  const double p = 2.0 / 13;
  CHECK(found[0].score == Approx(std::log(p / (4.0 / 13 * 2 / 13)) / -std::log(p)));
  options.threshold = 0.99;
  CHECK(learnt(kText, options).empty());
}

TEST_CASE("pairs do not reach over lines", "[phrases]") {
  PhraseOptions options;
  options.min_count = 1;
  options.threshold = 0;
  CHECK(learnt("a b\nc d\na b\nc d\n", options).size() == 2);
}

TEST_CASE("threads change neither the phrases nor the joined text", "[phrases]") {
  std::string text;
  for (int i = 0; i < 200000; ++i) {
    text += std::to_string(i * 31 % 97);
    text += i % 10007 == 0 ? "\n" : " ";
  }
  PhraseOptions one, four;
  one.threshold = four.threshold = 2;
  four.threads = 4;
  const auto found = learnt(text, one), again = learnt(text, four);
  REQUIRE(!found.empty());
  REQUIRE(found.size() == again.size());
  for (size_t i = 0; i < found.size(); ++i) CHECK(found[i].first + found[i].second == again[i].first + again[i].second);
}

TEST_CASE("a text is joined from left to right, lines stay lines", "[phrases]") {
  const PhraseJoiner joiner({{"new", "york", 1, 1}, {"york", "city", 1, 1}, {"a", "a", 1, 1}});
  CHECK(joined(joiner, "in  new york city\n") == "in new_york city\n");
  CHECK(joined(joiner, "a a a\nnew\nyork") == "a_a a\nnew\nyork");
  CHECK(joined(joiner, "york\tcity \u00e9\r\n\n") == "york_city \u00e9\n\n");
  CHECK(joined(joiner, "") == "");
}

TEST_CASE("pieces are cut where no phrase goes on", "[phrases]") {
  const test::TemporaryFolder folder;
  const PhraseJoiner joiner({{"a", "b", 1, 1}, {"b", "a", 1, 1}});
  std::string text, expected;
  for (int i = 0; i < 70000; ++i) {  // one line of several pieces
    text += i % 1000 == 999 ? "x a b a b a " : "b a c ";
    expected += i % 1000 == 999 ? "x a_b a_b a " : "b_a c ";
  }
  // "a" at the end of the one and "b" at the beginning of the other are a phrase, too.
  size_t at = 0;
  while ((at = expected.find("a b_a c", at)) != std::string::npos) expected.replace(at, 7, "a_b a c");
  SpacedPieces pieces({folder.file("text.txt", text).string()}, InvalidUtf8::refuse);
  std::string piece, rest, out;
  int count = 0;
  while (joiner.next(pieces, piece, rest)) {
    joiner.join(piece, out);
    ++count;
  }
  CHECK(count > 1);
  CHECK(out == expected);
}

TEST_CASE("files of phrases are read as they were written, damaged ones refused by line", "[phrases]") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "phrases.tsv";
  write_phrases(path, {{"new", "york", 12, 3.25}});
  const auto read = read_phrases(path);
  REQUIRE(read.size() == 1);
  CHECK((read[0].first == "new" && read[0].second == "york" && read[0].count == 12));
  CHECK(read[0].score == 3.25);
  const std::string odd = "a\001b";  // control characters are no white space
  write_phrases(path, learnt(odd + " c\037 " + odd + " c\037 " + odd + " c\037\n", {.min_count = 1, .threshold = 0}));
  REQUIRE(read_phrases(path).size() == 2);
  CHECK(read_phrases(path)[0].first == odd);
  for (const auto& [content, message] : {std::pair{"a\tb\t1\n", ":1: 3 columns, expected 4"},
                                         {"a\tb\t1\t2\na b\tc\t1\t2\n", ":2: a word"},
                                         {"a\t\t1\t2\n", ":1: a word"},
                                         {"a\tb\u3000c\t1\t2\n", ":1: a word"},
                                         {"a\tb\tx\t2\n", ":1: a number"},
                                         {"a\tb\t1\t2z\n", ":1: a number"},
                                         {"", "no phrases in it"}})
    CHECK_THROWS_WITH(read_phrases(folder.file("bad.tsv", content)), Catch::Contains(message));
}

}  // namespace seq

// Words by row and rows by word.
#include "vectors/word_list.h"

#include "test.h"

using seq::vectors::WordList;

TEST_CASE("words keep their order and are found by their text", "[vectors]") {
  WordList words;
  for (int i = 0; i < 1000; ++i) REQUIRE(words.add("word" + std::to_string(i)));
  REQUIRE(words.size() == 1000);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(words[i] == "word" + std::to_string(i));
    REQUIRE(words.find("word" + std::to_string(i)) == i);
  }
  REQUIRE_FALSE(words.find("word1000"));
  REQUIRE_FALSE(words.find(""));
}

TEST_CASE("a word is not added twice", "[vectors]") {
  WordList words;
  REQUIRE(words.add("a"));
  REQUIRE_FALSE(words.add("a"));
  REQUIRE(words.size() == 1);
}

TEST_CASE("an empty list finds nothing", "[vectors]") {
  REQUIRE_FALSE(WordList().find("a"));
}

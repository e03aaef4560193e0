// Which words a corpus has, and how its sentences become numbers.
#include "vectors/train/corpus.h"

#include "test.h"

namespace seq::vectors {
namespace {

std::vector<int64_t> ids_of(const test::TemporaryFolder& folder, const std::string& text, const WordList& words,
                            int64_t max_sentence = 1000) {
  TokenFileWriter writer(folder.path() / "ids.bin", words.size() + 1);
  encode_words({{folder.file("encoded.txt", text).string()}}, words, max_sentence, writer);
  writer.finish();
  const TokenFile tokens(folder.path() / "ids.bin");
  std::vector<int64_t> ids(static_cast<size_t>(tokens.size()));
  tokens.read(0, ids);
  return ids;
}

CountedWords count(const test::TemporaryFolder& folder, const std::string& text, int64_t min_count,
                   int64_t max_words = 0) {
  return count_words({{folder.file("text.txt", text).string()}}, min_count, max_words);
}

}  // namespace

TEST_CASE("words are sorted by count, then by their bytes, and rare ones left out", "[word2vec]") {
  const test::TemporaryFolder folder;
  const CountedWords words = count(folder, "b a c\nb  a\tb é\r\né c a\n\nrare", 2);
  REQUIRE(words.words->size() == 4);
  CHECK((*words.words)[0] == "a");
  CHECK((*words.words)[1] == "b");
  CHECK((*words.words)[2] == "c");
  CHECK((*words.words)[3] == "é");
  CHECK(words.counts == std::vector<uint64_t>{3, 3, 2, 2});
  CHECK(words.text_words == 11);
  CHECK(words.distinct_words == 5);
  CHECK(count(folder, "a a b b c", 1, 2).words->size() == 2);
}

TEST_CASE("lines become sentences without their unknown words, long ones are cut", "[word2vec]") {
  const test::TemporaryFolder folder;
  const CountedWords words = count(folder, "a a a b b c c", 2);
  CHECK(ids_of(folder, "b x a\n\nx\nc c", *words.words) == std::vector<int64_t>{1, 0, 3, 2, 2, 3});
  CHECK(ids_of(folder, "a b c a b", *words.words, 2) == std::vector<int64_t>{0, 1, 3, 2, 0, 3, 1, 3});
}

TEST_CASE("a word that spans blocks of the input is one word", "[word2vec]") {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 200000; ++i) text += i % 7 == 0 ? "longerword\n" : "w ";
  const CountedWords words = count(folder, text, 1);
  CHECK(words.words->size() == 2);
  CHECK(words.text_words == 200000);
}

TEST_CASE("a text with fewer than two frequent words is refused with the remedy", "[word2vec]") {
  const test::TemporaryFolder folder;
  REQUIRE_THROWS_WITH(count(folder, "a a a b", 2), Catch::Contains("text.txt: 1 of 2 distinct words occur at least "
                                                                   "model.min_count = 2 times"));
  REQUIRE_THROWS_WITH(count(folder, "", 1), Catch::Contains("0 of 0 distinct words"));
}

}  // namespace seq::vectors

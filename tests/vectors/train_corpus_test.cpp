// Which words a corpus has, and how its sentences become numbers.
#include "vectors/train/corpus.h"

#include "test.h"

namespace seq::vectors {
namespace {

std::vector<int64_t> ids_of(const test::TemporaryFolder& folder, const std::string& text, const WordList& words,
                            int64_t max_sentence = 1000, int threads = 1) {
  TokenFileWriter writer(folder.path() / "ids.bin", words.size() + 1);
  WordText source{{folder.file("encoded.txt", text).string()}};
  source.threads = threads;
  encode_words(source, words, max_sentence, writer);
  writer.finish();
  const TokenFile tokens(folder.path() / "ids.bin");
  std::vector<int64_t> ids(static_cast<size_t>(tokens.size()));
  tokens.read(0, ids);
  return ids;
}

CountedWords count(const test::TemporaryFolder& folder, const std::string& text, int64_t min_count,
                   int64_t max_words = 0) {
  const std::string file = folder.file("text.txt", text).string();
  return keep_words(count_words({{file}}, 0), {min_count, max_words}, file);
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

TEST_CASE("any number of threads counts and numbers the same", "[word2vec]") {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 300000; ++i) {
    text += "w" + std::to_string(i % 1000 * 7919 % 1000);
    text += i % 11 == 0 ? "\n" : i % 13 == 0 ? "\u00a0\t" : " ";
  }
  WordText one{{folder.file("text.txt", text).string()}};
  WordText four = one;
  four.threads = 4;
  const CountedWords words = keep_words(count_words(one, 0), {}, "text.txt");
  const CountedWords again = keep_words(count_words(four, 0), {}, "text.txt");
  CHECK(words.text_words == 300000);
  CHECK(words.counts == again.counts);
  CHECK((*words.words)[500] == (*again.words)[500]);
  const auto ids = ids_of(folder, text, *words.words);
  CHECK(ids.size() == 300000 + 27273 + 1);  // a sentence ends with each line, and with the text
  CHECK(ids == ids_of(folder, text, *words.words, 1000, 4));
}

TEST_CASE("phrases are one word in counts and numbers, wherever pieces are cut", "[word2vec]") {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "in new york new york city ";  // one line
  WordText source{{folder.file("text.txt", text).string()}};
  source.phrases = std::make_shared<PhraseJoiner>(std::vector<Phrase>{{"new", "york", 2, 1.0}, {"york", "new", 1, 1}});
  source.threads = 2;
  const CountedWords words = keep_words(count_words(source, 0), {}, "text.txt");
  REQUIRE(words.words->size() == 3);
  CHECK((*words.words)[0] == "new_york");
  CHECK(words.counts == std::vector<uint64_t>{200000, 100000, 100000});
}

TEST_CASE("a text with fewer than two frequent words is refused with the remedy", "[word2vec]") {
  const test::TemporaryFolder folder;
  REQUIRE_THROWS_WITH(count(folder, "a a a b", 2), Catch::Contains("text.txt: 1 of 2 distinct words occur at least "
                                                                   "model.min_count = 2 times"));
  REQUIRE_THROWS_WITH(count(folder, "", 1), Catch::Contains("0 of 0 distinct words"));
}

TEST_CASE("counts whose sum is no longer exact are refused with the word", "[word2vec]") {
  WordCounts counts;
  counts.add("few", 3);
  counts.add("most", (uint64_t{1} << 53) - 3);
  CHECK(keep_words(counts, {}, "a.counts").text_words == uint64_t{1} << 53);
  counts.add("most", 1);
  REQUIRE_THROWS_WITH(keep_words(counts, {}, "a.counts"), Catch::Contains("a.counts: more than 2^53 words"));
  WordCounts wrapping;
  wrapping.add("a", 5);
  wrapping.add("endless", ~uint64_t{0});
  REQUIRE_THROWS_WITH(keep_words(wrapping, {}, "a.counts"), Catch::Contains("\"endless\""));
}

}  // namespace seq::vectors

// Evaluation against its definition, and the layouts of the files that people publish.
#include "vectors/evaluate.h"

#include <cmath>

#include "base/error.h"
#include "made.h"
#include "test.h"
#include "vectors/folded_words.h"

using namespace seq;
using namespace seq::vectors;
using seq::test::made;
using seq::test::random_vectors;
using seq::test::TemporaryFolder;

namespace {

/// Questions over words `w0` … `w<count - 1>`.
std::vector<AnalogySection> random_questions(int64_t count, int number) {
  Random random(3);
  std::vector<AnalogySection> sections = {{"one", {}}, {"two", {}}};
  for (int i = 0; i < number; ++i) {
    Question question;
    for (std::string& word : question) word = "w" + std::to_string(random.below(static_cast<uint64_t>(count)));
    sections[static_cast<size_t>(i % 2)].questions.push_back(question);
  }
  return sections;
}

std::vector<WordPair> read_pairs(const std::string& content) {
  const TemporaryFolder folder;
  return read_similarities(folder.file("pairs", content));
}

}  // namespace

TEST_CASE("analogies of a file are answered as one at a time, by any number of threads", "[vectors]") {
  const WordVectors vectors = random_vectors(700, 4);  // few dimensions: some answers are right by chance
  const auto sections = random_questions(700, 400);
  for (const AnalogyMethod method : {AnalogyMethod::add, AnalogyMethod::multiply}) {
    EvaluationOptions options;
    options.method = method;
    options.threads = 1;
    const auto scores = evaluate_analogies(vectors, sections, options);
    options.threads = 3;
    const auto again = evaluate_analogies(vectors, sections, options);
    REQUIRE(scores.size() == 2);
    int64_t all_correct = 0;
    for (size_t s = 0; s < 2; ++s) {
      int64_t correct = 0;
      for (const auto& [a, b, c, d] : sections[s].questions)
        correct += vectors.words()[analogy(vectors, a, b, c, method, 1).front().row] == d ? 1 : 0;
      REQUIRE(scores[s].correct == correct);
      REQUIRE(again[s].correct == correct);
      REQUIRE(scores[s].asked == 200);
      all_correct += correct;
    }
    REQUIRE(total(scores).correct == all_correct);
    REQUIRE(total(scores).asked == 400);
  }
}

TEST_CASE("some analogies of made-up vectors are right", "[vectors]") {
  const WordVectors vectors = made(
      {{"man", {1, 0, 0}}, {"woman", {1, 1, 0}}, {"king", {1, 0, 1}}, {"queen", {1, 1, 1}}, {"cat", {0, -1, 0.1F}}});
  const std::vector<AnalogySection> sections = {
      {"family",
       {{"Man", "King", "Woman", "Queen"}, {"man", "king", "woman", "cat"}, {"man", "king", "woman", "dog"}}}};
  EvaluationOptions options;
  auto score = evaluate_analogies(vectors, sections, options).front();
  REQUIRE(score.correct == 1);
  REQUIRE(score.asked == 2);
  REQUIRE(score.unknown == 1);
  REQUIRE(score.accuracy() == 0.5);
  options.unknown_counts_as_wrong = true;
  REQUIRE(evaluate_analogies(vectors, sections, options).front().asked == 3);
  options.ignore_case = false;
  REQUIRE(evaluate_analogies(vectors, sections, options).front().unknown == 2);
  options.ignore_case = true;
  options.restrict_vocabulary = 3;  // queen is the fourth
  REQUIRE(evaluate_analogies(vectors, sections, options).front().unknown == 3);
}

TEST_CASE("words that differ in case alone are one word, the first", "[vectors]") {
  const WordVectors vectors = made({{"KING", {1, 0, 1}},
                                    {"king", {1, 0, 0.9F}},
                                    {"man", {1, 0, 0}},
                                    {"Woman", {1, 1, 0}},
                                    {"King", {1, 1, 1}},
                                    {"Queen", {1, 1, 0.8F}},
                                    {"straße", {0, 0, 1}}});
  const std::vector<AnalogySection> sections = {{"family", {{"man", "king", "woman", "queen"}}}};
  REQUIRE(evaluate_analogies(vectors, sections, {}).front().correct == 1);  // the third king is no answer
  const FoldedWords words(vectors.words(), vectors.size(), FoldedWords::Case::ignored);
  REQUIRE(words.find("kInG") == 0);
  REQUIRE(words.variants(0) == std::vector<int64_t>{0, 1, 4});
  REQUIRE(words.find("STRASSE") == 6);
  REQUIRE(upper_case("éclair") == "ÉCLAIR");
}

TEST_CASE("correlations equal worked examples, with ties", "[vectors]") {
  REQUIRE(pearson({1, 2, 3, 4}, {2, 4, 6, 8}) == Approx(1));
  REQUIRE(pearson({1, 2, 3}, {3, 2, 1}) == Approx(-1));
  REQUIRE(pearson({1, 2, 3, 5}, {1, 3, 2, 4}) == Approx(5.5 / std::sqrt(8.75 * 5)));
  REQUIRE(spearman({1, 2, 3, 4}, {1, 10, 100, 1000}) == Approx(1));
  REQUIRE(spearman({1, 2, 2, 3}, {1, 2, 3, 4}) == Approx(4.5 / std::sqrt(4.5 * 5)));  // ranks 1, 2.5, 2.5, 4
  REQUIRE(std::isnan(pearson({1, 1}, {1, 2})));
  REQUIRE(std::isnan(spearman({1}, {1})));
}

TEST_CASE("similarities are correlated over the pairs that are known", "[vectors]") {
  const WordVectors vectors = made({{"a", {1, 0}}, {"b", {1, 1}}, {"c", {0, 1}}, {"d", {-1, 0}}});
  const std::vector<WordPair> pairs = {{"A", "b", 9}, {"a", "c", 5}, {"a", "d", 1}, {"a", "x", 3}};
  const SimilarityScore score = evaluate_similarities(vectors, pairs, {});
  REQUIRE(score.pairs == 3);
  REQUIRE(score.unknown == 1);
  REQUIRE(score.spearman == Approx(1));
  REQUIRE(score.pearson == Approx(pearson({9, 5, 1}, {std::sqrt(0.5), 0, -1})));
  EvaluationOptions options;
  options.unknown_counts_as_wrong = true;
  REQUIRE(evaluate_similarities(vectors, pairs, options).pairs == 4);
}

TEST_CASE("judgements are read from the layouts in which they are published", "[vectors]") {
  for (
      const char* content : {
          "# comment\n# Word 1\tWord 2\tHuman (mean)\nold\tnew\t1.58\nsmart\tbright\t9.2\n",  // gensim's copies
          "Word 1,Word 2,Human (mean)\nold,new,1.58\nsmart,bright,9.20\n",  // WordSim-353 combined.csv
          "Word 1\tWord 2\tHuman (mean)\t1\t2\nold\tnew\t1.58\t3\t4\nsmart\tbright\t9.2\t9\t9\n",  // its set1.tab
          "word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t2.7\nsmart\tbright\tA\t9.20\t1.7\n",  // SimLex-999
          "old\tnew\tA\t1.58\tANTONYMS\nsmart\tbright\tA\t9.2\tSYNONYMS\n",  // SimVerb-3500
          "old new 1.58\nsmart bright 9.200000\n",                           // MEN
          "old;new;1.58\r\nsmart;bright;9.2\r\n",                            // RG-65
          "\xEF\xBB\xBFold\tnew\t1.58\n\nsmart\tbright\t9.2",                // BOM, empty line
      }) {
    INFO(content);
    const auto pairs = read_pairs(content);
    REQUIRE(pairs.size() == 2);
    REQUIRE(pairs[0].first == "old");
    REQUIRE(pairs[0].second == "new");
    REQUIRE(pairs[0].judgement == 1.58);
    REQUIRE(pairs[1].first == "smart");
    REQUIRE(pairs[1].judgement == 9.2);
  }
}

TEST_CASE("judgements in the wrong format are refused with their line", "[vectors]") {
  REQUIRE_THROWS_WITH(read_pairs("a b 1\nc d\n"), Catch::Contains("pairs:2: expected two words and a number"));
  REQUIRE_THROWS_WITH(read_pairs("a\tb\t1\nc\td\tx\n"),
                      Catch::Contains("pairs:2: column 3 is \"x\", expected a number"));
  REQUIRE_THROWS_WITH(read_pairs("a b nan\n"), Catch::Contains("expected a number"));
  REQUIRE_THROWS_WITH(read_pairs("# nothing\n"), Catch::Contains("no pairs in it"));
}

TEST_CASE("analogies are read in sections, and other files refused with their line", "[vectors]") {
  const TemporaryFolder folder;
  const fs::path path = folder.file("q", ": one\na b c d\n: two\ne f g h\r\ni j k l");
  REQUIRE(is_analogy_file(path));
  const auto sections = read_analogies(path);
  REQUIRE(sections.size() == 2);
  REQUIRE(sections[1].name == "two");
  REQUIRE(sections[1].questions[0] == Question{"e", "f", "g", "h"});
  REQUIRE(read_analogies(folder.file("q", "a b c d\n")).front().name == "all");
  REQUIRE_THROWS_WITH(read_analogies(folder.file("q", ": one\na b c\n")), Catch::Contains("q:2: 3 words, expected 4"));
  REQUIRE_THROWS_WITH(read_analogies(folder.file("q", ": one\n")), Catch::Contains("no questions"));
  REQUIRE_FALSE(is_analogy_file(folder.file("q", "a b 1 2\n")));
  REQUIRE_THROWS_WITH(is_analogy_file(folder.file("q", "")), Catch::Contains("empty"));
}

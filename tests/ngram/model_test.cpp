// Both layouts against the reference; a case by hand.
#include "ngram/model.h"

#include <bit>

#include "base/error.h"
#include "ngram/binary_sink.h"
#include "reference_model.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;

namespace {

bool same(const Score& a, const Score& b) {
  return std::bit_cast<uint32_t>(a.log10) == std::bit_cast<uint32_t>(b.log10) && a.order == b.order;
}

std::vector<WordId> random_text(uint32_t seed, WordId words, size_t length) {
  std::mt19937 random(seed);
  std::vector<WordId> text = {kBeginSentence};
  while (text.size() < length) {
    const auto draw = static_cast<double>(random()) / 4294967296.0;
    text.push_back(static_cast<WordId>(draw * draw * words));
  }
  return text;
}

}  // namespace

TEST_CASE("both layouts equal a plain map on random models and histories, bit for bit", "[model]") {
  for (const auto layout : {Layout::hashed, Layout::trie})
    for (const int order : {1, 2, 3, 5, 7}) {
      const WordId words = order == 3 ? 200 : 12;
      const ReferenceModel reference = random_model(static_cast<uint32_t>(order), order, words, 300);
      const auto model = build(reference, layout);
      REQUIRE(model->order() == order);
      const std::vector<WordId> text = random_text(7, words, 1500);
      State state = model->begin_state();
      std::vector<Token> tokens;
      for (size_t i = 0; i < text.size(); ++i) tokens.push_back({text[i], static_cast<uint32_t>(i)});
      std::vector<Score> together(text.size());
      model->score(tokens, together);
      for (size_t i = 1; i < text.size(); ++i) {
        const std::vector<WordId> history(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i));
        const Score expected = reference.score(history, text[i]);
        State next;
        REQUIRE(same(model->score(state, text[i], next), expected));
        REQUIRE(same(together[i], expected));
        REQUIRE(next.length <= std::max(0, order - 1));
        state = next;
      }
    }
}

TEST_CASE("models of every size load, wherever their last section ends", "[model]") {
  for (const auto layout : {Layout::hashed, Layout::trie})
    for (size_t texts = 1; texts <= 100; ++texts) CHECK_NOTHROW(build(random_model(3, 2, 40, texts), layout));
}

TEST_CASE("a text full of the longest n-grams is scored as any other", "[model]") {
  const ReferenceModel reference = random_model(3, 3, 5, 4000);  // has nearly all trigrams there are
  for (const auto layout : {Layout::hashed, Layout::trie}) {
    const auto model = build(reference, layout);
    for (const uint32_t seed : {1U, 2U, 3U}) {  // from the second on the longest n-grams are looked for first
      const std::vector<WordId> text = random_text(seed, 5, 400);
      std::vector<Token> tokens;
      for (size_t i = 0; i < text.size(); ++i) tokens.push_back({text[i], static_cast<uint32_t>(i)});
      std::vector<Score> scores(text.size());
      model->score(tokens, scores);
      for (size_t i = 0; i < text.size(); ++i)
        REQUIRE(
            same(scores[i], reference.score({text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i)}, text[i])));
    }
  }
}

TEST_CASE("a word's context ends where the token says", "[model]") {
  const ReferenceModel reference = random_model(5, 4, 10, 200);
  const auto model = build(reference, Layout::hashed);
  const std::vector<Token> tokens = {{4, 0}, {5, 1}, {6, 0}, {5, 1}, {4, 2}};
  std::vector<Score> scores(tokens.size());
  model->score(tokens, scores);
  CHECK(same(scores[1], reference.score({4}, 5)));
  CHECK(same(scores[2], reference.score({}, 6)));
  CHECK(same(scores[4], reference.score({6, 5}, 4)));
}

TEST_CASE("scores of the whole vocabulary are those of its words", "[model]") {
  const ReferenceModel reference = random_model(6, 4, 30, 200);
  for (const auto layout : {Layout::hashed, Layout::trie}) {
    const auto model = build(reference, layout);
    State state = model->begin_state();
    State next;
    model->score(state, 4, next);
    std::vector<float> all;
    model->score_all(next, all);
    for (WordId word = 0; word < 30; ++word) {
      State ignored;
      CHECK(std::bit_cast<uint32_t>(all[word]) == std::bit_cast<uint32_t>(model->score(next, word, ignored).log10));
    }
  }
}

TEST_CASE("a bigram model by hand backs off", "[model]") {
  ReferenceModel reference;
  reference.order = 2;
  reference.vocabulary = {"<unk>", "<s>", "</s>", "a", "b"};
  reference.ngrams = {{{0}, {-2, 0}},         {{1}, {-99, -0.5F}}, {{2}, {-1, 0}},
                      {{3}, {-0.5F, -0.25F}}, {{4}, {-0.75F, 0}},  {{1, 3}, {-0.125F, 0}}};
  const auto model = build(reference, Layout::trie);
  CHECK(model->find("a") == 3);
  CHECK(model->find("unheard") == kUnknownWord);
  CHECK(model->word(4) == "b");
  State after_a;
  const Score a = model->score(model->begin_state(), 3, after_a);
  CHECK(a.log10 == -0.125F);
  CHECK(a.order == 2);
  State after_b;
  const Score b = model->score(after_a, 4, after_b);
  CHECK(b.log10 == -1.0F);  // backoff(a) + P(b)
  CHECK(b.order == 1);
  CHECK(model->score(after_b, kUnknownWord, after_a).log10 == -2.0F);
}

TEST_CASE("a sink refuses n-grams that make no model", "[model]") {
  const std::vector<std::string> vocabulary = {"<unk>", "<s>", "</s>", "a"};
  const std::vector<WordId> unigrams = {0, 1, 2, 3};
  const std::vector<float> zeros(4, 0.0F);
  const std::vector<float> one = {-1.0F};
  for (const auto layout : {Layout::hashed, Layout::trie}) {
    const auto begin = [&](std::vector<std::byte>& bytes, uint64_t bigrams) {
      auto sink = make_binary_sink(bytes, {layout, {}});
      sink->begin(vocabulary, {4, bigrams});
      sink->add(1, {unigrams, zeros, zeros});
      return sink;
    };
    std::vector<std::byte> bytes;
    const std::vector<WordId> outside = {3, 9};
    CHECK_THROWS_AS(begin(bytes, 1)->add(2, {outside, one, {}}), RunError);
    const std::vector<float> above = {0.5F};
    const std::vector<WordId> bigram = {3, 3};
    CHECK_THROWS_WITH(begin(bytes, 1)->add(2, {bigram, above, {}}), Catch::Contains("above 0"));
    const std::vector<WordId> unsorted = {3, 3, 2, 3};
    const std::vector<float> two = {-1.0F, -1.0F};
    CHECK_THROWS_WITH(begin(bytes, 2)->add(2, {unsorted, two, {}}), Catch::Contains("suffix order"));
    bytes.clear();
    const auto sink = begin(bytes, 2);
    sink->add(2, {bigram, one, {}});
    CHECK_THROWS_WITH(sink->finish(), Catch::Contains("1 n-grams of order 2, not 2"));
  }
}

// Drawing by the automaton against the probabilities of the model.
#include "ngram/successors.h"

#include <cmath>

#include "base/error.h"
#include "reference_model.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;

namespace {

/// P of every word after a history, given that it can be drawn.
std::vector<double> expected_after(const ReferenceModel& reference, const std::vector<WordId>& history) {
  std::vector<double> p(reference.vocabulary.size());
  double total = 0;
  for (WordId word = 2; word < p.size(); ++word) {
    const float log10 = reference.score(history, word).log10;
    total += p[word] = std::pow(10.0, log10);
  }
  for (double& one : p) one /= total;
  return p;
}

}  // namespace

TEST_CASE("words are drawn as often as the model has them probable", "[successors]") {
  constexpr int kDraws = 40'000;
  for (const int order : {1, 2, 3, 5}) {
    const ReferenceModel reference = random_model(static_cast<uint32_t>(order), order, 12, 60);  // sums are not 1
    const auto model = build(reference, Layout::trie);
    const Successors successors(model->image());
    Random random(5);
    for (const auto& history : {std::vector<WordId>{1}, {1, 3}, {1, 4, 3}, {1, 3, 5, 3}, {1, 4, 11, 3, 10, 3}}) {
      Successors::Context context = successors.begin_sentence();
      for (size_t i = 1; i < history.size(); ++i) context = successors.follow(context, history[i]);
      std::vector<int> drawn(reference.vocabulary.size());
      for (int i = 0; i < kDraws; ++i) ++drawn[successors.draw(context, random)->word];
      const std::vector<double> expected = expected_after(reference, history);
      for (size_t word = 0; word < expected.size(); ++word) {
        const double deviation = std::sqrt(expected[word] * (1 - expected[word]) / kDraws);
        INFO("order " << order << ", history of " << history.size() << ", word " << word);
        CHECK(drawn[word] / double{kDraws} == Approx(expected[word]).margin(4.5 * deviation + 1e-12));
      }
    }
  }
}

TEST_CASE("the context behind a drawn word is the one that following the word gives", "[successors]") {
  const auto model = build(random_model(9, 4, 20, 300), Layout::trie);
  const Successors successors(model->image());
  Random random(1);
  Successors::Context context = successors.begin_sentence();
  for (int i = 0; i < 2000; ++i) {
    const auto drawn = successors.draw(context, random);
    REQUIRE(drawn->context == successors.follow(context, drawn->word));
    context = drawn->context;
  }
}

TEST_CASE("nothing is drawn where nothing can follow", "[successors]") {
  ReferenceModel reference;
  reference.order = 2;
  reference.vocabulary = {"<unk>", "<s>", "</s>"};
  reference.ngrams = {{{0}, {0, 0}}, {{1}, {-99, 0}}, {{2}, {-99, 0}}, {{1, 0}, {0, 0}}};
  const auto model = build(reference, Layout::trie);
  const Successors successors(model->image());
  Random random(1);
  CHECK(!successors.draw(successors.begin_sentence(), random));
}

TEST_CASE("an n-gram without its context is refused", "[successors]") {
  ReferenceModel reference = random_model(2, 3, 6, 20);
  for (auto at = reference.ngrams.begin(); at != reference.ngrams.end(); ++at)
    if (at->first.size() == 3) {  // its first two words go; nothing else needs them
      const std::vector<WordId> context(at->first.begin(), at->first.begin() + 2);
      std::erase_if(reference.ngrams, [&](const auto& one) {
        return one.first.size() == 3 && std::equal(context.begin(), context.end(), one.first.begin() + 1);
      });
      reference.ngrams.erase(context);
      break;
    }
  const auto model = build(reference, Layout::trie);
  CHECK_THROWS_WITH(Successors(model->image()), Catch::Contains("damaged"));
}

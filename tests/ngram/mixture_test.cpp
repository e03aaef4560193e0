// Weights of mixtures.
#include <cmath>
#include <fstream>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "ngram/text_reader.h"
#include "ngram/tune.h"
#include "reference_model.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;

namespace {

using Models = std::vector<std::unique_ptr<TextModel>>;

/// Models of some seeds over vocabularies of which each has words that others lack.
Models random_models(const std::vector<uint32_t>& seeds) {
  Models models;
  for (const uint32_t seed : seeds)
    models.push_back(make_text_model(build(random_model(seed, 3, 8 + seed, 60), Layout::hashed)));
  return models;
}

double perplexity(Models models, const std::vector<double>& weights, const std::string& text) {
  const auto mixture = make_mixture(std::move(models), weights, Interpolation::log_linear);
  double log10 = 0;
  int64_t words = 0;
  read_text(text, {}, [&](const TextBatch& batch) {
    std::vector<TextScore> scores(batch.tokens.size());
    mixture->score(batch.tokens, scores);
    for (size_t i = 0; i < scores.size(); ++i)
      if (batch.tokens[i].context > 0) {
        log10 += scores[i].log10;
        ++words;
      }
  });
  return std::pow(10, -log10 / static_cast<double>(words));
}

}  // namespace

TEST_CASE("tuning takes the model that is always better alone", "[mixture]") {
  const Tuned tuned = tune_linear({{-1, -1, -2}, {-2, -3, -4}});
  CHECK(tuned.weights[0] == Approx(1).margin(1e-4));
  CHECK(tuned.perplexity == Approx(std::pow(10, 4.0 / 3)).epsilon(1e-4));
}

TEST_CASE("models that know half of the words each get half of the weight", "[mixture]") {
  const double never = -std::numeric_limits<double>::infinity();
  const Tuned tuned = tune_linear({{-1, never}, {never, -1}});
  CHECK(tuned.weights == std::vector<double>{0.5, 0.5});
  CHECK(tuned.perplexity == Approx(20));
  const Tuned thirds = tune_linear({{-1, never, -1}, {never, -1, never}});
  CHECK(thirds.weights[0] == Approx(2.0 / 3));
}

TEST_CASE("a text with a word that no model has is impossible, its other words are tuned on", "[mixture]") {
  const double never = -std::numeric_limits<double>::infinity();
  const Tuned tuned = tune_linear({{-1, never, never, -1}, {never, -1, never, never}});
  CHECK(tuned.weights[0] == Approx(2.0 / 3));
  CHECK(std::isinf(tuned.perplexity));
  const Tuned none = tune_linear({{never}, {never}});
  CHECK(none.weights == std::vector<double>{0.5, 0.5});
  CHECK(std::isinf(none.perplexity));
}

TEST_CASE("log-linear weights are tuned to where no other is better", "[mixture]") {
  const TemporaryFile file("seqtool-tune");
  const std::string text = file.path().string();
  write_file_atomic(text, "w3 w4 w3 w5\n\nw9 w3 w4\nw11 w4 w3 w3 unheard w4\nw3 w5\n");
  for (const auto& seeds : {std::vector<uint32_t>{1, 4}, {1, 4, 5}, {2, 3, 6}, {7, 8}, {9, 2, 5, 4}}) {
    const Tuned tuned = tune_weights(random_models(seeds), text, Interpolation::log_linear, 1);
    CHECK(tuned.tokens == 20);
    CHECK(perplexity(random_models(seeds), tuned.weights, text) == Approx(tuned.perplexity).epsilon(1e-6));
    for (size_t i = 0; i < seeds.size(); ++i)
      for (const double change : {-0.01, 0.01, 0.5}) {
        std::vector<double> other = tuned.weights;
        other[i] = std::max(0.0, other[i] + change);
        CHECK(perplexity(random_models(seeds), other, text) > tuned.perplexity - 1e-6);
      }
    CHECK(tune_weights(random_models(seeds), text, Interpolation::log_linear, 3).weights == tuned.weights);
  }
}

TEST_CASE("weights of log-linear mixtures that should fall reach 0 and do not hold up the others", "[mixture]") {
  // log10 P of a, <unk>, b, c, </s> and d, found by a search for models on which Newton's method came to a halt.
  const std::vector<std::vector<float>> log10 = {{-0.7F, -0.9F, -2.9F, -2.5F, -2.0F, -0.5F},
                                                 {-1.0F, -2.2F, -2.0F, -2.8F, -2.0F, -0.4F},
                                                 {-1.2F, -2.2F, -0.6F, -2.3F, -2.2F, -0.2F},
                                                 {-1.8F, -0.8F, -1.2F, -1.6F, -1.7F, -1.6F}};
  const auto models = [&] {
    Models made;
    for (const auto& p : log10) {
      ReferenceModel model{1, {"<unk>", "<s>", "</s>", "a", "b", "c", "d"}, {}};
      model.ngrams = {{{0}, {p[1], 0}}, {{1}, {-99, 0}},  {{2}, {p[4], 0}}, {{3}, {p[0], 0}},
                      {{4}, {p[2], 0}}, {{5}, {p[3], 0}}, {{6}, {p[5], 0}}};
      made.push_back(make_text_model(build(model, Layout::hashed)));
    }
    return made;
  };
  const TemporaryFile file("seqtool-tune");
  write_file_atomic(file.path(), "a b b d d\n");
  const Tuned tuned = tune_weights(models(), file.path(), Interpolation::log_linear, 1);
  const double better = perplexity(models(), {0, 0, 0.4, 0}, file.path().string());
  CHECK(tuned.perplexity <= better + 1e-6);
  CHECK(tuned.weights[2] == Approx(0.3989).epsilon(1e-3));
  CHECK((tuned.weights[0] == 0 && tuned.weights[1] == 0 && tuned.weights[3] == 0));
}

TEST_CASE("the same model twice can be tuned, and an empty text is refused", "[mixture]") {
  const TemporaryFile file("seqtool-tune");
  write_file_atomic(file.path(), "w3 w4\nw3 w3\n");
  const Tuned twice = tune_weights(random_models({2, 2}), file.path(), Interpolation::log_linear, 1);
  const Tuned once = tune_weights(random_models({2}), file.path(), Interpolation::log_linear, 1);
  CHECK(twice.perplexity == Approx(once.perplexity));
  CHECK(twice.weights[0] + twice.weights[1] == Approx(once.weights[0]));
  write_file_atomic(file.path(), "");
  for (const auto interpolation : {Interpolation::linear, Interpolation::log_linear})
    CHECK_THROWS_WITH(tune_weights(random_models({2}), file.path(), interpolation, 1), Catch::Contains("empty"));
}

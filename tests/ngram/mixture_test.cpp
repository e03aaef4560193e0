// Weights of mixtures.
#include "ngram/mixture.h"

#include <cmath>
#include <limits>

#include "test.h"

using namespace seq::ngram;

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

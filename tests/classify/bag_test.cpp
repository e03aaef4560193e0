// The bag-of-words classifier: gradients against numeric ones, and which rows an example touches.
#include "classify/bag.h"

#include <cmath>
#include <cstring>

#include "test.h"

using namespace seq::classify;

namespace {

constexpr int64_t kFeatures = 12;

BagOptions options(const std::string& activation, bool multi_label = false) {
  BagOptions options;
  options.hidden_size = 5;
  options.init_std = 0.5;
  options.activation = activation;
  options.multi_label = multi_label;
  return options;
}

/// -sum of truth * log probability, where the truth is smoothed.
double smoothed_loss(const Bag& bag, const BagOptions& options, const EncodedExample& example) {
  Bag::Workspace work(bag);
  std::vector<float> probabilities(static_cast<size_t>(bag.labels()));
  bag.probabilities(example, probabilities, work);
  const bool several = options.multi_label;
  const double others = options.label_smoothing / (several || bag.labels() == 2 ? 2 : bag.labels());
  double loss = 0;
  for (int32_t label = 0; label < bag.labels(); ++label) {
    const auto p = static_cast<double>(probabilities[static_cast<size_t>(label)]);
    const bool wanted = std::find(example.labels.begin(), example.labels.end(), label) != example.labels.end();
    const double truth = (wanted ? 1 - options.label_smoothing : 0) + others;
    loss -= truth * std::log(p) + (several ? (1 - truth) * std::log(1 - p) : 0.0);
  }
  return loss;
}

/// The rate times the negative gradient is what a step adds: compared for every weight.
void check_gradients(const BagOptions& options, int32_t labels, const EncodedExample& example,
                     const std::vector<float>& idf = {}) {
  constexpr float kRate = 1e-3F, kNudge = 1e-2F;
  Bag trained(options, kFeatures, labels, 1), probe(options, kFeatures, labels, 1);
  trained.idf = probe.idf = idf;
  Bag::Workspace work(trained);
  trained.train(example, kRate, work);
  const auto check = [&](float& weight, float after) {
    const float before = weight;
    weight = before + kNudge;
    const double above = smoothed_loss(probe, options, example);
    weight = before - kNudge;
    const double below = smoothed_loss(probe, options, example);
    weight = before;
    const double gradient = (above - below) / (2 * static_cast<double>(kNudge));
    REQUIRE(static_cast<double>((before - after) / kRate) == Approx(gradient).margin(2e-3));
  };
  for (uint32_t row = 0; row < kFeatures; ++row)
    for (size_t k = 0; k < 5; ++k) check(probe.features().values(row)[k], trained.features().values(row)[k]);
  for (uint32_t row = 0; row < probe.outputs().rows(); ++row)
    for (size_t k = 0; k < 5; ++k) check(probe.outputs().values(row)[k], trained.outputs().values(row)[k]);
  for (size_t i = 0; i < probe.bias().size(); ++i) check(probe.bias()[i], trained.bias()[i]);
}

}  // namespace

TEST_CASE("a step follows the numeric gradient, for every activation, pooling and number of labels", "[classify]") {
  const EncodedExample example{{1}, {3, 3, 7, 0, 11}};
  for (const char* activation : {"none", "sigmoid", "tanh", "relu"})
    for (const char* pooling : {"mean", "sum"})
      for (const int32_t labels : {2, 4}) {
        BagOptions given = options(activation);
        given.pooling = pooling;
        check_gradients(given, labels, example);
      }
}

TEST_CASE("a step follows the numeric gradient with smoothed labels and with several labels", "[classify]") {
  BagOptions smooth = options("none");
  smooth.label_smoothing = 0.2;
  check_gradients(smooth, 2, {{1}, {1, 2, 3}});
  check_gradients(smooth, 3, {{2}, {1, 2, 3}});
  check_gradients(options("sigmoid", true), 3, {{0, 2}, {4, 5, 6}});
  BagOptions both = options("none", true);
  both.label_smoothing = 0.1;
  check_gradients(both, 2, {{1}, {4, 5, 6}});
}

TEST_CASE("a step follows the numeric gradient with tf-idf", "[classify]") {
  BagOptions given = options("none");
  given.values = "tf_idf";
  std::vector<float> idf;
  for (int i = 0; i < kFeatures; ++i) idf.push_back(0.5F + 0.25F * static_cast<float>(i));
  check_gradients(given, 2, {{0}, {2, 2, 5, 9}}, idf);
}

TEST_CASE("an example touches the rows of its own features alone, and none that is frozen", "[classify]") {
  const BagOptions given = options("tanh");
  Bag before(given, kFeatures, 2, 7), bag(given, kFeatures, 2, 7);
  bag.frozen = GENERATE(0, 5);
  Bag::Workspace work(bag);
  bag.train({{1}, {4, 9}}, 0.5F, work);
  for (uint32_t row = 0; row < kFeatures; ++row) {
    const bool equal = std::memcmp(bag.features().row(row), before.features().row(row),
                                   static_cast<size_t>(bag.features().stride()) * sizeof(float)) == 0;
    REQUIRE(equal == (row < bag.frozen || (row != 4 && row != 9)));
  }
}

TEST_CASE("a text without features gets the probabilities of the bias", "[classify]") {
  Bag bag(options("none"), kFeatures, 2, 1);
  bag.bias()[0] = 1.0F;
  Bag::Workspace work(bag);
  std::vector<float> probabilities(2);
  bag.probabilities({}, probabilities, work);
  REQUIRE(probabilities[1] == Approx(1 / (1 + std::exp(-1.0))));
  REQUIRE(probabilities[0] + probabilities[1] == Approx(1));
}

TEST_CASE("balanced weights make a rare label's step larger", "[classify]") {
  Bag plain(options("none"), kFeatures, 2, 1), weighed(options("none"), kFeatures, 2, 1);
  weighed.class_weights = {0.5F, 3.0F};
  Bag::Workspace work(plain), other(weighed);
  const float start = plain.bias()[0];
  plain.train({{1}, {1}}, 0.1F, work);
  weighed.train({{1}, {1}}, 0.1F, other);
  REQUIRE(weighed.bias()[0] - start == Approx(3 * (plain.bias()[0] - start)));
}

TEST_CASE("dropout leaves out its share of the features, and none in answers", "[classify]") {
  BagOptions given = options("none");
  given.dropout = 0.25;
  Bag bag(given, kFeatures, 2, 1);
  Bag::Workspace work(bag, 5);
  const EncodedExample example{{0}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};
  size_t kept = 0;
  for (int i = 0; i < 1000; ++i) {
    bag.train(example, 0.0F, work);
    kept += work.features.size();
  }
  REQUIRE(static_cast<double>(kept) == Approx(9000).margin(3 * std::sqrt(12000 * 0.25 * 0.75)));
  std::vector<float> probabilities(2);
  bag.probabilities(example, probabilities, work);
  REQUIRE(work.features.size() == 12);
}

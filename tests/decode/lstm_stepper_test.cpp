// The stepper gives at::lstm's logits token by token.
//
// V = vocabulary, E = embedding, H = hidden
#include "decode/lstm_stepper.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#undef CHECK
#include <catch2/catch.hpp>

namespace seq::decode {
namespace {

using at::Tensor;

struct Shape {
  int64_t vocabulary, embedding, hidden, layers;
};

StepperWeights random_weights(const Shape& s) {
  at::manual_seed(3);
  const double scale =
      1.0 / std::sqrt(static_cast<double>(s.hidden));  // larger weights amplify rounding from step to step
  const auto random = [&](at::IntArrayRef shape) { return at::randn(shape) * scale; };
  StepperWeights weights{
      random({s.vocabulary, s.embedding}), {}, random({s.vocabulary, s.hidden}), random({s.vocabulary})};
  for (int64_t layer = 0; layer < s.layers; ++layer) {
    const int64_t input = layer == 0 ? s.embedding : s.hidden;
    weights.layers.push_back({random({4 * s.hidden, input}), random({4 * s.hidden, s.hidden}), random({4 * s.hidden}),
                              random({4 * s.hidden})});
  }
  return weights;
}

Tensor reference(const StepperWeights& weights, const Tensor& ids) {  // ids [T] -> logits [T, V]
  std::vector<Tensor> flat;
  for (const StepperLayer& layer : weights.layers)
    flat.insert(flat.end(), {layer.w_ih, layer.w_hh, layer.b_ih, layer.b_hh});
  const auto layers = static_cast<int64_t>(weights.layers.size());
  const Tensor zeros = at::zeros({layers, 1, weights.head.size(1)});
  const auto [y, h, c] = at::lstm(at::embedding(weights.embedding, ids).unsqueeze(1), {zeros, zeros}, flat, true,
                                  layers, 0.0, false, false, false);
  return at::linear(y.squeeze(1), weights.head, weights.head_bias);
}

Tensor stepped(LstmStepper& stepper, const Tensor& ids) {
  std::vector<Tensor> rows;
  for (int64_t t = 0; t < ids.size(0); ++t) {
    const auto logits = stepper.step(ids[t].item<int64_t>());
    rows.push_back(at::tensor(at::ArrayRef<float>(logits.data(), logits.size())));
  }
  return at::stack(rows);
}

double difference(const Tensor& ours, const Tensor& expected) {
  return (ours - expected).abs().max().item<double>();
}

TEST_CASE("200 steps equal at::lstm", "[torch][lstm_stepper]") {
  const c10::NoGradGuard no_grad;
  const auto s = GENERATE(Shape{65, 32, 128, 2}, Shape{1, 1, 1, 1}, Shape{7, 5, 3, 3}, Shape{129, 40, 67, 1},
                          Shape{20, 96, 64, 2});
  CAPTURE(s.vocabulary, s.embedding, s.hidden, s.layers);
  const StepperWeights weights = random_weights(s);
  const Tensor ids = at::randint(0, s.vocabulary, {200}, at::kLong), expected = reference(weights, ids);
  LstmStepper stepper(weights);
  REQUIRE(difference(stepped(stepper, ids), expected) < 2e-5);
}

TEST_CASE("a stepper starts anew after a reset, and a copy goes its own way", "[torch][lstm_stepper]") {
  LstmStepper stepper(random_weights({10, 8, 12, 2}));
  const Tensor start = at::arange(5), rest = at::arange(5, 9);
  const Tensor first = stepped(stepper, start);
  LstmStepper copy = stepper;
  REQUIRE(at::equal(stepped(copy, rest), stepped(stepper, rest)));
  copy.reset();
  REQUIRE(at::equal(stepped(copy, start), first));
}

TEST_CASE("ids and shapes out of range are refused", "[torch][lstm_stepper]") {
  StepperWeights weights = random_weights({10, 8, 12, 2});
  LstmStepper stepper(weights);
  REQUIRE_THROWS(stepper.step(10));
  REQUIRE_THROWS(stepper.step(-1));
  weights.head = weights.head.narrow(1, 0, 11);
  REQUIRE_THROWS(LstmStepper(weights));
  weights.layers.clear();
  REQUIRE_THROWS(LstmStepper(weights));
}

}  // namespace
}  // namespace seq::decode

// The fused LSTM layer gives at::lstm's output and gradients.
//
// T = time, B = batch, I = input size, H = hidden, V = vocabulary
#include "nn/lstm_kernel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#undef CHECK
#include <catch2/catch.hpp>

namespace seq::nn {
namespace {

using at::Tensor;

struct Shape {
  int64_t time, batch, input, hidden;
};

/// Leaves of one layer: x, h0, c0 and the weights.
struct Leaves {
  Tensor x;
  LstmLayerState past;
  LstmLayerWeights weights;

  std::vector<Tensor> all() const {
    return {x, past.h, past.c, weights.w_ih, weights.w_hh, weights.b_ih, weights.b_hh};
  }
};

Leaves random_leaves(const Shape& s, double scale = 0.3) {
  at::manual_seed(7);
  const auto leaf = [&](at::IntArrayRef shape) { return (at::randn(shape) * scale).set_requires_grad(true); };
  return {leaf({s.time, s.batch, s.input}),
          {leaf({s.batch, s.hidden}), leaf({s.batch, s.hidden})},
          {leaf({4 * s.hidden, s.input}), leaf({4 * s.hidden, s.hidden}), leaf({4 * s.hidden}), leaf({4 * s.hidden})}};
}

LstmLayerOutput reference(const Tensor& x, const LstmLayerState& past, const LstmLayerWeights& w) {
  auto [y, h, c] = at::lstm(x, {past.h.unsqueeze(0), past.c.unsqueeze(0)}, {w.w_ih, w.w_hh, w.b_ih, w.b_hh}, true, 1,
                            0.0, false, false, false);
  return {y, h[0], c[0]};
}

/// A scalar that depends on every output in a different way.
Tensor mixed(const LstmLayerOutput& out) {
  const auto weighted = [](const Tensor& part) {
    return (part * at::linspace(-1, 2, part.numel()).view_as(part)).sum();
  };
  return weighted(out.y) + 2 * weighted(out.h) + 3 * weighted(out.c);
}

std::vector<Tensor> gradients(const LstmLayerOutput& out, const std::vector<Tensor>& leaves) {
  return torch::autograd::grad({mixed(out)}, leaves);
}

double difference(const Tensor& ours, const Tensor& expected) {  // relative to the largest element
  return ((ours - expected).abs().max() / expected.abs().max().clamp_min(1e-6)).item<double>();
}

void require_equal(const Leaves& leaves, Precision precision, double tolerance) {
  const auto ours = lstm_layer(leaves.x, leaves.past, leaves.weights, precision);
  const auto expected = reference(leaves.x, leaves.past, leaves.weights);
  REQUIRE(difference(ours.y, expected.y) < tolerance);
  REQUIRE(difference(ours.h, expected.h) < tolerance);
  REQUIRE(difference(ours.c, expected.c) < tolerance);
  const auto our_grads = gradients(ours, leaves.all()), expected_grads = gradients(expected, leaves.all());
  for (size_t i = 0; i < our_grads.size(); ++i) {
    INFO("gradient " << i);
    REQUIRE(difference(our_grads[i], expected_grads[i]) < tolerance);
  }
}

TEST_CASE("the fused layer equals at::lstm in fp32", "[torch][lstm_kernel]") {
  const auto s = GENERATE(Shape{5, 3, 4, 6}, Shape{1, 1, 1, 1}, Shape{1, 7, 5, 33}, Shape{9, 1, 17, 16},
                          Shape{20, 50, 40, 64}, Shape{3, 29, 130, 47}, Shape{30, 31, 7, 15});
  CAPTURE(s.time, s.batch, s.input, s.hidden);
  require_equal(random_leaves(s), Precision::kFp32, 1e-5);
}

TEST_CASE("long sums are cut into blocks without loss", "[torch][lstm_kernel]") {
  require_equal(random_leaves({23, 61, 35, 45}), Precision::kFp32, 1e-5);  // T * B is more than one block
}

TEST_CASE("bf16 products stay near fp32", "[torch][lstm_kernel]") {
  if (!bf16_available()) {
    REQUIRE_THROWS(lstm_layer(random_leaves({1, 1, 1, 1}).x, random_leaves({1, 1, 1, 1}).past,
                              random_leaves({1, 1, 1, 1}).weights, Precision::kBf16));
    return;
  }
  const auto s =
      GENERATE(Shape{5, 3, 4, 6}, Shape{1, 1, 1, 1}, Shape{9, 1, 17, 15}, Shape{20, 50, 40, 64}, Shape{41, 61, 35, 45});
  CAPTURE(s.time, s.batch, s.input, s.hidden);
  require_equal(random_leaves(s, 0.2), Precision::kBf16, 0.02);  // bf16 keeps 8 bits: 0.004 a factor
}

TEST_CASE("ids give what their embeddings give", "[torch][lstm_kernel]") {
  const Shape s{11, 13, 10, 21};
  Leaves leaves = random_leaves(s);
  const Tensor embedding = (at::randn({6, s.input}) * 0.5).set_requires_grad(true);
  const Tensor ids = at::randint(0, 6, {s.time, s.batch}, at::kLong);
  auto parameters = leaves.all();
  parameters[0] = embedding;
  const auto ours = lstm_layer(ids, embedding, leaves.past, leaves.weights, Precision::kFp32);
  const auto expected = reference(at::embedding(embedding, ids), leaves.past, leaves.weights);
  REQUIRE(difference(ours.y, expected.y) < 1e-5);
  const auto our_grads = gradients(ours, parameters), expected_grads = gradients(expected, parameters);
  for (size_t i = 0; i < our_grads.size(); ++i) REQUIRE(difference(our_grads[i], expected_grads[i]) < 1e-5);
  REQUIRE_THROWS(lstm_layer(ids + 1, embedding, leaves.past, leaves.weights, Precision::kFp32));
}

TEST_CASE("gradients agree with differences", "[torch][lstm_kernel]") {
  const Leaves leaves = random_leaves({3, 2, 3, 2});
  const auto loss = [&] { return mixed(lstm_layer(leaves.x, leaves.past, leaves.weights, Precision::kFp32)); };
  const auto parameters = leaves.all();
  const auto grads = torch::autograd::grad({loss()}, parameters);
  const c10::NoGradGuard no_grad;
  for (size_t p = 0; p < parameters.size(); ++p) {
    Tensor flat = parameters[p].view({-1});
    for (int64_t i = 0; i < flat.numel(); ++i) {
      const double step = 1e-2;
      flat[i] += step;
      const double above = loss().item<double>();
      flat[i] -= 2 * step;
      const double below = loss().item<double>();
      flat[i] += step;
      REQUIRE(grads[p].view({-1})[i].item<double>() == Approx((above - below) / (2 * step)).margin(5e-3));
    }
  }
}

TEST_CASE("evaluation builds no graph and gives the same", "[torch][lstm_kernel]") {
  const Leaves leaves = random_leaves({4, 5, 6, 7});
  const auto trained = lstm_layer(leaves.x, leaves.past, leaves.weights, Precision::kFp32);
  const c10::NoGradGuard no_grad;
  const auto evaluated = lstm_layer(leaves.x, leaves.past, leaves.weights, Precision::kFp32);
  REQUIRE_FALSE(evaluated.y.requires_grad());
  REQUIRE(at::equal(trained.y, evaluated.y));
}

TEST_CASE("batches and windows can be cut anywhere", "[torch][lstm_kernel]") {
  const Leaves l = random_leaves({8, 20, 9, 24});
  const c10::NoGradGuard no_grad;
  const auto whole = lstm_layer(l.x, l.past, l.weights, Precision::kFp32);
  const auto first = lstm_layer(l.x.narrow(0, 0, 3), l.past, l.weights, Precision::kFp32);
  const auto second = lstm_layer(l.x.narrow(0, 3, 5), {first.h, first.c}, l.weights, Precision::kFp32);
  REQUIRE(difference(second.h, whole.h) < 1e-6);
  const auto row = lstm_layer(l.x.narrow(1, 4, 1), {l.past.h.narrow(0, 4, 1), l.past.c.narrow(0, 4, 1)}, l.weights,
                              Precision::kFp32);
  REQUIRE(difference(row.h, whole.h.narrow(0, 4, 1)) < 1e-6);
}

TEST_CASE("only some gradients may be asked for", "[torch][lstm_kernel]") {
  Leaves leaves = random_leaves({4, 3, 5, 6});
  leaves.x = leaves.x.detach();
  leaves.weights.w_ih = leaves.weights.w_ih.detach();
  const std::vector<Tensor> asked{leaves.weights.w_hh, leaves.past.c};
  const auto ours =
      torch::autograd::grad({lstm_layer(leaves.x, leaves.past, leaves.weights, Precision::kFp32).c.sum()}, asked);
  const auto expected = torch::autograd::grad({reference(leaves.x, leaves.past, leaves.weights).c.sum()}, asked);
  REQUIRE(difference(ours[0], expected[0]) < 1e-5);
  REQUIRE(difference(ours[1], expected[1]) < 1e-5);
}

TEST_CASE("wrong shapes are refused", "[torch][lstm_kernel]") {
  const Leaves l = random_leaves({4, 3, 5, 6});
  REQUIRE_THROWS(lstm_layer(l.x[0], l.past, l.weights, Precision::kFp32));
  REQUIRE_THROWS(lstm_layer(l.x, {l.past.h.narrow(0, 0, 2), l.past.c}, l.weights, Precision::kFp32));
  REQUIRE_THROWS(lstm_layer(l.x.narrow(2, 0, 4), l.past, l.weights, Precision::kFp32));
  REQUIRE_THROWS(lstm_layer(l.x.to(at::kDouble), l.past, l.weights, Precision::kFp32));
  REQUIRE_THROWS(lstm_layer(l.x.narrow(0, 0, 0), l.past, l.weights, Precision::kFp32));
}

}  // namespace
}  // namespace seq::nn

// The from-scratch RNN: its gradients against autograd's and numeric ones, its loss, its state.
// B = batch, T = time, H = hidden, V = vocabulary
#include "models/scratch_rnn/net.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "models/scratch_rnn/exponential.h"
#include "test.h"

namespace {

using at::Tensor;
using seq::ScratchRnn;
using seq::ScratchRnnOptions;

at::Generator generator(uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

/// Weights far enough from zero that tanh bends, but not so large that rounding grows from step to step (chaos).
ScratchRnn lively_net(int64_t hidden, int64_t vocabulary, at::ScalarType type, const std::string& gradient = "hand") {
  ScratchRnnOptions options;
  options.hidden_size = hidden;
  options.init_std = 0.9 / std::sqrt(static_cast<double>(hidden));
  options.gradient = gradient;
  ScratchRnn net(options, vocabulary, generator(7));
  const at::NoGradGuard no_gradients;
  for (Tensor& bias : net->parameters())
    if (bias.dim() == 1) bias.normal_(0, 0.3, generator(8));
  net->to(type);
  return net;
}

struct Window {
  Tensor ids;      // [B, T]
  Tensor targets;  // [B, T]
  Tensor mask;     // [B, T] or undefined
};

Window random_window(int64_t batch, int64_t time, int64_t vocabulary) {
  return {at::randint(vocabulary, {batch, time}, generator(1), at::kLong),
          at::randint(vocabulary, {batch, time}, generator(2), at::kLong),
          {}};
}

std::map<std::string, Tensor> gradients(ScratchRnn& net) {
  std::map<std::string, Tensor> out;
  for (auto& parameter : net->named_parameters()) out[parameter.key()] = parameter->grad().clone();
  return out;
}

/// What a window gives, forward and backward.
struct Outcome {
  double loss;
  int64_t count;
  Tensor state;
  std::map<std::string, Tensor> gradients;
};

Outcome outcome(const std::string& gradient, const Window& window, int64_t hidden, int64_t vocabulary,
                at::ScalarType type, seq::nn::State state) {
  ScratchRnn net = lively_net(hidden, vocabulary, type, gradient);
  const seq::nn::Loss loss = net->loss(window.ids, window.targets, window.mask, state);
  (loss.sum * 0.25).backward();
  return {loss.sum.item<double>(), loss.count, state.at(0), gradients(net)};
}

void require_equal(const Outcome& by_hand, const Outcome& by_autograd, double tolerance) {
  REQUIRE(by_hand.loss == Approx(by_autograd.loss).epsilon(tolerance));
  REQUIRE(by_hand.count == by_autograd.count);
  REQUIRE(at::allclose(by_hand.state, by_autograd.state, tolerance, tolerance));
  for (const auto& [name, expected] : by_autograd.gradients) {
    INFO(name);
    REQUIRE(at::allclose(by_hand.gradients.at(name), expected, tolerance, tolerance));
  }
}

TEST_CASE("gradients by hand equal autograd's", "[scratch_rnn]") {
  const auto [batch, time, hidden, vocabulary] = GENERATE(
      std::array<int64_t, 4>{1, 25, 20, 65}, std::array<int64_t, 4>{3, 7, 16, 8}, std::array<int64_t, 4>{2, 1, 5, 3},
      std::array<int64_t, 4>{4, 30, 33, 2}, std::array<int64_t, 4>{1, 4, 1, 2});
  const at::ScalarType type = GENERATE(at::kFloat, at::kDouble);
  const double tolerance = type == at::kFloat ? 1e-5 : 1e-12;
  Window window = random_window(batch, time, vocabulary);
  const Tensor past = at::rand({batch, hidden}, generator(3), at::kDouble).to(type);
  require_equal(outcome("hand", window, hidden, vocabulary, type, {past}),
                outcome("autograd", window, hidden, vocabulary, type, {past}), tolerance);
  require_equal(outcome("hand", window, hidden, vocabulary, type, {}),
                outcome("autograd", window, hidden, vocabulary, type, {}), tolerance);
  if (time < 2) return;
  window.mask = at::ones({batch, time}, at::kFloat);
  window.mask.slice(1, 0, time / 2).zero_();
  require_equal(outcome("hand", window, hidden, vocabulary, type, {past}),
                outcome("autograd", window, hidden, vocabulary, type, {past}), tolerance);
}

TEST_CASE("gradients by hand equal numeric ones", "[scratch_rnn]") {
  ScratchRnn net = lively_net(6, 5, at::kDouble);
  const Window window = random_window(2, 9, 5);
  const auto loss = [&] {
    seq::nn::State state;
    return net->loss(window.ids, window.targets, {}, state).sum;
  };
  loss().backward();
  const at::NoGradGuard no_gradients;
  constexpr double kStep = 1e-6;
  for (auto& parameter : net->named_parameters()) {
    double* weights = parameter->mutable_data_ptr<double>();
    const Tensor gradient = parameter->grad();
    for (int64_t i = 0; i < parameter->numel(); ++i) {
      const double kept = weights[i];
      weights[i] = kept + kStep;
      const double above = loss().item<double>();
      weights[i] = kept - kStep;
      const double below = loss().item<double>();
      weights[i] = kept;
      INFO(parameter.key() << "[" << i << "]");
      REQUIRE((above - below) / (2 * kStep) == Approx(gradient.const_data_ptr<double>()[i]).margin(1e-7));
    }
  }
}

TEST_CASE("the untrained loss is T log V", "[scratch_rnn]") {
  ScratchRnn net(ScratchRnnOptions{}, 65, generator(1));
  const Window window = random_window(1, 25, 65);
  seq::nn::State state;
  const seq::nn::Loss loss = net->loss(window.ids, window.targets, {}, state);
  REQUIRE(loss.count == 25);
  REQUIRE(loss.sum.item<double>() == Approx(25 * std::log(65.0)).epsilon(1e-3));
}

TEST_CASE("a state carried over two windows equals one long window", "[scratch_rnn]") {
  ScratchRnn net = lively_net(20, 12, at::kDouble);
  const Window window = random_window(3, 10, 12);
  seq::nn::State carried, whole;
  double loss = 0;
  for (const auto& [from, to] : {std::pair<int64_t, int64_t>{0, 4}, {4, 10}}) {
    loss += net->loss(window.ids.slice(1, from, to), window.targets.slice(1, from, to), {}, carried).sum.item<double>();
    REQUIRE_FALSE(carried.at(0).requires_grad());
  }
  REQUIRE(loss == Approx(net->loss(window.ids, window.targets, {}, whole).sum.item<double>()).epsilon(1e-12));
  REQUIRE(at::allclose(carried.at(0), whole.at(0), 1e-12, 1e-12));
}

TEST_CASE("the order of a batch and its size do not change the loss of a row", "[scratch_rnn]") {
  ScratchRnn net = lively_net(20, 12, at::kFloat);
  const Window window = random_window(3, 10, 12);
  seq::nn::State whole;
  double sum = 0;
  for (int64_t row = 0; row < 3; ++row) {
    seq::nn::State state;
    sum += net->loss(window.ids.slice(0, row, row + 1), window.targets.slice(0, row, row + 1), {}, state)
               .sum.item<double>();
  }
  REQUIRE(net->loss(window.ids, window.targets, {}, whole).sum.item<double>() == Approx(sum).epsilon(1e-6));
}

TEST_CASE("it learns hello: h to e to l to l to o", "[scratch_rnn]") {
  ScratchRnnOptions options;
  options.hidden_size = 8;
  options.init_std = 0.1;
  ScratchRnn net(options, 4, generator(5));
  const Tensor word =
      at::from_blob(std::vector<int64_t>{0, 1, 2, 2, 3}.data(), {1, 5}, at::kLong).clone();  // h e l l o
  const Tensor ids = word.slice(1, 0, 4), targets = word.slice(1, 1, 5);
  double loss_sum = 0;
  for (int step = 0; step < 300; ++step) {
    net->zero_grad();
    seq::nn::State state;
    const seq::nn::Loss loss = net->loss(ids, targets, {}, state);
    loss.sum.backward();
    loss_sum = loss.sum.item<double>();
    const at::NoGradGuard no_gradients;
    for (Tensor& weight : net->parameters()) weight -= 0.2 * weight.grad().clamp(-1, 1);
  }
  REQUIRE(loss_sum < 0.1);
  REQUIRE(net->forward(ids, {}).first.argmax(2).equal(targets));
}

TEST_CASE("an id outside the vocabulary is refused", "[scratch_rnn]") {
  ScratchRnn net(ScratchRnnOptions{}, 4, generator(1));
  seq::nn::State state;
  const Tensor good = at::ones({1, 3}, at::kLong), bad = at::ones({1, 3}, at::kLong) * 4;
  REQUIRE_THROWS(net->loss(bad, good, {}, state));
  REQUIRE_THROWS(net->loss(good, bad, {}, state));
}

TEST_CASE("weights that are not numbers give a loss that is none", "[scratch_rnn]") {
  ScratchRnn net = lively_net(5, 6, at::kFloat);
  {
    const at::NoGradGuard no_gradients;
    net->named_parameters()["weight_hh"].fill_(std::nan(""));
  }
  seq::nn::State state;
  const Window window = random_window(1, 4, 6);
  REQUIRE(std::isnan(net->loss(window.ids, window.targets, {}, state).sum.item<double>()));
}

TEMPLATE_TEST_CASE("exp and tanh are right to the last bits", "[scratch_rnn]", float, double) {
  constexpr double kTolerance = 4 * static_cast<double>(std::numeric_limits<TestType>::epsilon());
  for (double magnitude = 1e-6; magnitude < 80; magnitude *= 1.0007) {
    const auto x = static_cast<TestType>(magnitude);
    const auto exact = static_cast<long double>(x);
    REQUIRE(static_cast<double>(seq::scratch_rnn::exp_negative(-x) / std::exp(-exact)) ==
            Approx(1).epsilon(kTolerance));
    REQUIRE(static_cast<double>(seq::scratch_rnn::tanh_any(x) / std::tanh(exact)) == Approx(1).epsilon(kTolerance));
    REQUIRE(seq::scratch_rnn::tanh_any(-x) == -seq::scratch_rnn::tanh_any(x));
  }
  REQUIRE(seq::scratch_rnn::tanh_any(TestType{0}) == 0);
  REQUIRE(seq::scratch_rnn::tanh_any(TestType{1e10F}) == 1);
  REQUIRE(seq::scratch_rnn::exp_negative(TestType{-1e30F}) < TestType{1e-37F});
  REQUIRE(std::isnan(seq::scratch_rnn::tanh_any(std::numeric_limits<TestType>::quiet_NaN())));
  REQUIRE(std::isnan(seq::scratch_rnn::exp_negative(std::numeric_limits<TestType>::quiet_NaN())));
}

}  // namespace

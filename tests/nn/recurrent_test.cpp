// Recurrent stacks: PyTorch's figures, numeric gradients, windows, peepholes, dropout.
// B = batch, T = time, I = input, H = hidden, L = layers
#include "nn/recurrent.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>

#include "base/error.h"
#include "tensors.h"
#include "test.h"

using namespace seq;
using namespace seq::nn;
using seq::test::distance;
using seq::test::golden;
using seq::test::gradient_error;

namespace {

constexpr int64_t kBatch = 2, kTime = 4, kInput = 3, kHidden = 5;

RecurrentOptions shape(const std::string& cell, int64_t layers = 1) {
  RecurrentOptions options;
  options.cell = cell;
  options.input_size = kInput;
  options.hidden_size = kHidden;
  options.layers = layers;
  options.fast = false;
  return options;
}

RecurrentOptions with_peepholes(int64_t layers = 1) {
  RecurrentOptions options = shape("lstm", layers);
  options.peepholes = true;
  return options;
}

/// A stack with weights N(0, 0.5).
Recurrent make_stack(const RecurrentOptions& options, at::ScalarType type = at::kFloat) {
  const at::NoGradGuard no_grad;
  Recurrent stack(options);
  auto generator = at::detail::createCPUGenerator(3);
  for (Tensor parameter : stack->parameters()) parameter.normal_(0, 0.5, generator);
  stack->to(type);
  return stack;
}

State random_state(const RecurrentOptions& options, at::ScalarType type = at::kFloat) {
  State state;
  for (int kind = 0; kind < (options.cell == "lstm" ? 2 : 1); ++kind) {
    state.push_back(at::randn({options.layers, kBatch, options.hidden_size}, type).requires_grad_());
  }
  return state;
}

/// A number that every output and every last state has a share in.
Tensor total(Recurrent& stack, const Tensor& x, const State& past) {
  auto [y, last] = stack->forward(x, past);
  Tensor sum = (y * y).sum() + y.select(1, 0).sum();
  for (const Tensor& tensor : last) sum = sum + (tensor * tensor).sum() + tensor.sum();
  return sum;
}

std::vector<RecurrentOptions> every_kind() {
  return {shape("rnn"),    shape("lstm"),    shape("gru"),    with_peepholes(),
          shape("rnn", 2), shape("lstm", 2), shape("gru", 2), with_peepholes(2)};
}

}  // namespace

TEST_CASE("output and gradients equal PyTorch's on the same weights") {
  const std::string cell = GENERATE("rnn", "lstm", "gru");
  const int64_t layers = GENERATE(1, 2);
  CAPTURE(cell, layers);
  auto known = golden(cell + "_" + std::to_string(layers));
  RecurrentOptions options = shape(cell, layers);
  options.hidden_size = known["y"].size(2);
  Recurrent stack(options);
  {
    const at::NoGradGuard no_grad;
    for (auto& item : stack->named_parameters()) item.value().copy_(known["weight." + item.key()]);
  }
  const Tensor x = known["x"].requires_grad_();
  State first;
  std::vector<std::string> names = {"h"};
  if (cell == "lstm") names.emplace_back("c");
  for (const std::string& name : names) first.push_back(known["first." + name].requires_grad_());

  auto [y, last] = stack->forward(x, first);
  REQUIRE(distance(y, known["y"]) < 1e-6);
  Tensor sum = (known["share.y"] * y).sum();
  for (size_t kind = 0; kind < names.size(); ++kind) {
    REQUIRE(distance(last[kind], known["last." + names[kind]]) < 1e-6);
    sum = sum + (known["share." + names[kind]] * last[kind]).sum();
  }
  sum.backward();
  REQUIRE(distance(x.grad(), known["gradient.x"]) < 3e-6);
  for (size_t kind = 0; kind < names.size(); ++kind) {
    REQUIRE(distance(first[kind].grad(), known["gradient." + names[kind]]) < 3e-6);
  }
  for (const auto& item : stack->named_parameters()) {
    REQUIRE(distance(item.value().grad(), known["gradient." + item.key()]) < 3e-6);
  }
}

TEST_CASE("gradients equal central differences in double precision") {
  const RecurrentOptions options = GENERATE(from_range(every_kind()));
  CAPTURE(options.cell, options.layers, options.peepholes);
  Recurrent stack = make_stack(options, at::kDouble);
  const Tensor x = at::randn({kBatch, kTime, kInput}, at::kDouble).requires_grad_();
  const State past = random_state(options, at::kDouble);
  std::vector<Tensor> inputs = stack->parameters();
  inputs.push_back(x);
  inputs.insert(inputs.end(), past.begin(), past.end());
  REQUIRE(gradient_error([&] { return total(stack, x, past); }, inputs) < 1e-7);
}

TEST_CASE("gradients in single precision equal those in double, also for one step from a carried state") {
  const RecurrentOptions options = GENERATE(from_range(every_kind()));
  const int64_t time = GENERATE(1, 7);
  CAPTURE(options.cell, options.layers, options.peepholes, time);
  Recurrent stack = make_stack(options);
  Recurrent exact = make_stack(options, at::kDouble);
  const Tensor x = at::randn({kBatch, time, kInput});
  State past = random_state(options);
  past = detach(stack->forward(x, past).second);
  State exact_past;
  for (Tensor& tensor : past) {
    tensor.requires_grad_();
    exact_past.push_back(tensor.detach().to(at::kDouble).requires_grad_());
  }
  total(stack, x, past).backward();
  total(exact, x.to(at::kDouble), exact_past).backward();
  for (size_t kind = 0; kind < past.size(); ++kind) {
    REQUIRE(distance(past[kind].grad(), exact_past[kind].grad()) < 1e-4);
  }
  for (size_t index = 0; index < stack->parameters().size(); ++index) {
    REQUIRE(distance(stack->parameters()[index].grad(), exact->parameters()[index].grad()) < 1e-4);
  }
}

TEST_CASE("a window equals two windows with the carried state") {
  const RecurrentOptions options = GENERATE(from_range(every_kind()));
  CAPTURE(options.cell, options.layers, options.peepholes);
  Recurrent stack = make_stack(options, at::kDouble);
  const Tensor x = at::randn({kBatch, 9, kInput}, at::kDouble);
  auto [whole, last] = stack->forward(x, {});
  auto [first, carried] = stack->forward(x.narrow(1, 0, 5), {});
  auto [second, end] = stack->forward(x.narrow(1, 5, 4), detach(carried));
  REQUIRE(distance(at::cat({first, second}, 1), whole) < 1e-14);
  for (size_t kind = 0; kind < last.size(); ++kind) REQUIRE(distance(end[kind], last[kind]) < 1e-14);
}

TEST_CASE("the last output is the state of the last layer, and shapes are as promised") {
  const RecurrentOptions options = GENERATE(from_range(every_kind()));
  Recurrent stack = make_stack(options);
  auto [y, last] = stack->forward(at::randn({kBatch, kTime, kInput}), {});
  REQUIRE(y.sizes() == std::vector<int64_t>{kBatch, kTime, kHidden});
  REQUIRE(last.size() == (options.cell == "lstm" ? 2u : 1u));
  for (const Tensor& tensor : last) {
    REQUIRE(tensor.sizes() == std::vector<int64_t>{options.layers, kBatch, kHidden});
  }
  REQUIRE(distance(y.select(1, kTime - 1), last[0][options.layers - 1]) == 0);
  REQUIRE(y.transpose(0, 1).is_contiguous());  // time-major inside
}

TEST_CASE("peepholes of zero change nothing, others do") {
  Recurrent plain = make_stack(shape("lstm"), at::kDouble);
  Recurrent open = make_stack(with_peepholes(), at::kDouble);
  const at::NoGradGuard no_grad;
  for (size_t index = 0; index < 4; ++index) Tensor(open->layer(0)[index]).copy_(plain->layer(0)[index]);
  const Tensor x = at::randn({kBatch, kTime, kInput}, at::kDouble);
  REQUIRE(distance(open->forward(x, {}).first, plain->forward(x, {}).first) > 1e-3);
  for (size_t index = 4; index < 7; ++index) Tensor(open->layer(0)[index]).zero_();
  REQUIRE(distance(open->forward(x, {}).first, plain->forward(x, {}).first) < 1e-14);
}

TEST_CASE("products in bf16 stay near those in single precision, states stay in single") {
  RecurrentOptions options = GENERATE(from_range(every_kind()));
  CAPTURE(options.cell, options.layers, options.peepholes);
  Recurrent exact = make_stack(options);
  options.precision = "bf16";
  Recurrent half = make_stack(options);
  const Tensor x = at::randn({kBatch, kTime, kInput});
  auto [y, last] = half->forward(x, {});
  REQUIRE(y.scalar_type() == at::kFloat);
  REQUIRE(last[0].scalar_type() == at::kFloat);
  const double error = distance(y, exact->forward(x, {}).first);
  REQUIRE(error > 0);
  REQUIRE(error < 0.03);
  total(half, x, {}).backward();
  total(exact, x, {}).backward();
  for (size_t index = 0; index < half->parameters().size(); ++index) {
    const Tensor expected = exact->parameters()[index].grad();
    const double scale = 1 + expected.abs().max().item<double>();
    REQUIRE(distance(half->parameters()[index].grad(), expected) < 0.05 * scale);
  }
}

TEST_CASE("dropout falls between layers, in training alone, and repeats with its seed") {
  RecurrentOptions options = shape("lstm", 2);
  Recurrent plain = make_stack(options);
  options.dropout = 0.5;
  Recurrent dropping = make_stack(options);
  const Tensor x = at::randn({kBatch, kTime, kInput});
  auto run = [&](uint64_t seed) {
    at::manual_seed(seed);
    return dropping->forward(x, {});
  };
  const auto [y, last] = run(1);
  REQUIRE(distance(y, run(1).first) == 0);
  REQUIRE(distance(y, run(2).first) > 0);
  REQUIRE((y != 0).all().item<bool>());                                    // not after the last layer
  REQUIRE(distance(last[0][0], plain->forward(x, {}).second[0][0]) == 0);  // nor before the first
  dropping->eval();
  REQUIRE(distance(run(1).first, plain->forward(x, {}).first) == 0);
}

TEST_CASE("a detached state ends back-propagation") {
  Recurrent stack = make_stack(shape("gru"));
  const Tensor x = at::randn({kBatch, kTime, kInput}).requires_grad_();
  State carried = stack->forward(x, {}).second;
  REQUIRE(carried[0].requires_grad());
  carried = detach(carried);
  REQUIRE_FALSE(carried[0].requires_grad());
  REQUIRE(detach({}).empty());
  stack->forward(at::randn({kBatch, kTime, kInput}), carried).first.sum().backward();
  REQUIRE_FALSE(x.grad().defined());
}

TEST_CASE("parameters are named and shaped as in torch.nn") {
  Recurrent stack(with_peepholes(2));
  const auto parameters = stack->named_parameters();
  REQUIRE(parameters.size() == 14);
  REQUIRE(parameters["weight_ih_l0"].sizes() == std::vector<int64_t>{4 * kHidden, kInput});
  REQUIRE(parameters["weight_ih_l1"].sizes() == std::vector<int64_t>{4 * kHidden, kHidden});
  REQUIRE(parameters["weight_hh_l1"].sizes() == std::vector<int64_t>{4 * kHidden, kHidden});
  REQUIRE(parameters["bias_hh_l1"].sizes() == std::vector<int64_t>{4 * kHidden});
  REQUIRE(parameters["weight_co_l1"].sizes() == std::vector<int64_t>{kHidden});
  REQUIRE(stack->layer(1)[6].is_same(parameters["weight_co_l1"]));
}

TEST_CASE("a stack that makes no sense is refused") {
  REQUIRE_THROWS_AS(Recurrent(shape("lstn")), Error);
  RecurrentOptions options = shape("gru");
  options.peepholes = true;
  REQUIRE_THROWS_AS(Recurrent(options), Error);
  Recurrent stack = make_stack(shape("gru"));
  REQUIRE_THROWS(stack->forward(at::randn({kBatch, kTime, kInput + 1}), {}));
  REQUIRE_THROWS(stack->forward(at::randn({kBatch + 1, kTime, kInput}), random_state(stack->options())));
}

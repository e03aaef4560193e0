// Packed sequences: PyTorch's figures, one direction and two, kernel and loop, nothing shared between sequences.
// B = sequences, T = time, N = rows of packed steps, I = input, H = hidden
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>

#include "nn/packed_product.h"
#include "nn/recurrent.h"
#include "tensors.h"
#include "test.h"

using namespace seq;
using namespace seq::nn;
using seq::test::distance;
using seq::test::golden;
using seq::test::gradient_error;

namespace {

RecurrentOptions shape(const std::string& cell, int64_t layers, bool bidirectional, bool fast = false) {
  RecurrentOptions options;
  options.cell = cell;
  options.input_size = 3;
  options.hidden_size = 5;
  options.layers = layers;
  options.bidirectional = bidirectional;
  options.fast = fast;
  return options;
}

Recurrent make_stack(const RecurrentOptions& options, at::ScalarType type = at::kFloat) {
  const at::NoGradGuard no_grad;
  Recurrent stack(options);
  at::manual_seed(3);
  for (Tensor parameter : stack->parameters()) parameter.normal_(0, 0.4);
  stack->to(type);
  return stack;
}

/// A number that every output has a share in.
Tensor total(const Tensor& y) {
  return (y * at::linspace(-1, 2, y.numel(), y.options().requires_grad(false)).view_as(y)).sum();
}

/// The rows of one sequence.
Tensor sequence_of(const Tensor& packed, const PackedSteps& steps, int64_t b) {
  std::vector<Tensor> rows;
  for (int64_t t = 0; t < steps.lengths()[static_cast<size_t>(b)]; ++t)
    rows.push_back(packed.narrow(0, steps.begin(t) + b, 1));
  return at::cat(rows);
}

}  // namespace

TEST_CASE("packed sequences of two directions equal PyTorch's on the same weights, with their gradients") {
  const std::string cell = GENERATE("rnn", "lstm", "gru");
  const bool fast = GENERATE(false, true);
  CAPTURE(cell, fast);
  auto known = golden("packed_" + cell);
  RecurrentOptions options = shape(cell, 2, true, fast);
  options.hidden_size = known["y"].size(1) / 2;
  Recurrent stack(options);
  {
    const at::NoGradGuard no_grad;
    for (auto& item : stack->named_parameters()) item.value().copy_(known["weight." + item.key()]);
  }
  const Tensor x = known["x"].requires_grad_();
  const Tensor y = stack->forward_packed(x, PackedSteps({5, 3, 3, 1}));
  REQUIRE(distance(y, known["y"]) < 1e-6);
  (known["share"] * y).sum().backward();
  REQUIRE(distance(x.grad(), known["gradient.x"]) < 3e-6);
  for (const auto& item : stack->named_parameters())
    REQUIRE(distance(item.value().grad(), known["gradient." + item.key()]) < 3e-6);
}

TEST_CASE("gradients over packed sequences equal central differences in double precision") {
  const std::string cell = GENERATE("rnn", "lstm", "gru");
  const bool bidirectional = GENERATE(false, true);
  CAPTURE(cell, bidirectional);
  Recurrent stack = make_stack(shape(cell, 2, bidirectional), at::kDouble);
  const PackedSteps steps({4, 2, 1});
  const Tensor x = at::randn({steps.rows(), 3}, at::kDouble).requires_grad_();
  std::vector<Tensor> inputs = stack->parameters();
  inputs.push_back(x);
  REQUIRE(gradient_error([&] { return total(stack->forward_packed(x, steps)); }, inputs) < 1e-7);
}

TEST_CASE("sequences of one length equal a window of them") {
  const std::string cell = GENERATE("rnn", "lstm", "gru");
  const bool fast = GENERATE(false, true);
  CAPTURE(cell, fast);
  Recurrent stack = make_stack(shape(cell, 2, false, fast));
  const Tensor x = at::randn({4, 6, 3});  // [T, B, I]
  const Tensor window = stack->forward(x.transpose(0, 1), {}).first.transpose(0, 1);
  const Tensor packed = stack->forward_packed(x.reshape({24, 3}), PackedSteps::equal(4, 6));
  REQUIRE(distance(packed.view_as(window), window) < 1e-6);
}

TEST_CASE("a sequence gets the same alone as among others, to the bit on the kernel") {
  const std::string cell = GENERATE("rnn", "lstm", "gru");
  Recurrent stack = make_stack(shape(cell, 2, true, true));
  const at::NoGradGuard no_grad;
  const PackedSteps steps({9, 8, 8, 3, 1, 1});
  const Tensor x = at::randn({steps.rows(), 3});
  const Tensor y = stack->forward_packed(x, steps);
  for (int64_t b = 0; b < steps.batch(); ++b) {
    const Tensor alone =
        stack->forward_packed(sequence_of(x, steps, b), PackedSteps({steps.lengths()[static_cast<size_t>(b)]}));
    REQUIRE(distance(alone, sequence_of(y, steps, b)) <= (cell == "lstm" ? 0 : 1e-6));
  }
}

TEST_CASE("the kernel equals the loop on packed sequences, by x or ids, with gradients, on any number of threads") {
  const bool bidirectional = GENERATE(false, true);
  const int threads = GENERATE(1, 2, 3);
  const int64_t hidden = GENERATE(7, 32);
  CAPTURE(bidirectional, threads, hidden);
  const int before = at::get_num_threads();
  at::set_num_threads(threads);
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < 41; ++b) lengths.push_back(60 - b / 3 * 3);
  const PackedSteps steps(lengths);
  RecurrentOptions options = shape("lstm", 2, bidirectional, true);
  options.hidden_size = hidden;
  Recurrent fast = make_stack(options);
  options.fast = false;
  Recurrent clear = make_stack(options);
  const Tensor embedding = at::randn({11, 3}).requires_grad_();
  const Tensor ids = at::randint(0, 11, {steps.rows()}, at::kLong);
  const auto gradients = [&](Recurrent& stack, const Tensor& y) {
    std::vector<Tensor> leaves = stack->parameters();
    leaves.push_back(embedding);
    return torch::autograd::grad({total(y)}, leaves);
  };
  const Tensor expected = clear->forward_packed(at::embedding(embedding, ids), steps);
  const auto expected_gradients = gradients(clear, expected);
  for (const bool looked_up : {false, true}) {
    const Tensor y = looked_up ? fast->forward_packed_embedded(ids, embedding, steps)
                               : fast->forward_packed(at::embedding(embedding, ids), steps);
    REQUIRE(distance(y, expected) < 1e-5);
    const auto found = gradients(fast, y);
    for (size_t i = 0; i < found.size(); ++i) {
      const double scale = 1 + expected_gradients[i].abs().max().item<double>();
      REQUIRE(distance(found[i], expected_gradients[i]) < 2e-5 * scale);
    }
    const at::NoGradGuard no_grad;
    const Tensor without = looked_up ? fast->forward_packed_embedded(ids, embedding, steps)
                                     : fast->forward_packed(at::embedding(embedding, ids), steps);
    REQUIRE(distance(without, y) == 0);
  }
  at::set_num_threads(before);
}

TEST_CASE("packed products in bf16 stay near those in single precision") {
  const std::string cell = GENERATE("rnn", "lstm", "gru");
  RecurrentOptions options = shape(cell, 2, true, true);
  Recurrent exact = make_stack(options);
  options.precision = "bf16";
  Recurrent half = make_stack(options);
  const PackedSteps steps({7, 5, 5, 2});
  const Tensor x = at::randn({steps.rows(), 3});
  const Tensor y = half->forward_packed(x, steps), expected = exact->forward_packed(x, steps);
  REQUIRE(distance(y, expected) > 0);
  REQUIRE(distance(y, expected) < 0.03);
  total(y).backward();
  total(expected).backward();
  for (size_t i = 0; i < half->parameters().size(); ++i) {
    const Tensor gradient = exact->parameters()[i].grad();
    REQUIRE(distance(half->parameters()[i].grad(), gradient) < 0.05 * (1 + gradient.abs().max().item<double>()));
  }
}

TEST_CASE("packed sequences stand longest first and none is empty; two directions carry no state") {
  REQUIRE_THROWS(PackedSteps({2, 3}));
  REQUIRE_THROWS(PackedSteps({2, 0}));
  REQUIRE_THROWS(PackedSteps({}));
  const PackedSteps steps({3, 1});
  REQUIRE((steps.time() == 3 && steps.batch() == 2 && steps.rows() == 4 && steps.active(1) == 1));
  REQUIRE_THROWS(make_stack(shape("lstm", 1, true))->forward(at::randn({2, 4, 3}), {}));
  REQUIRE_THROWS(make_stack(shape("lstm", 1, true))->forward_packed(at::randn({5, 3}), steps));
}

TEST_CASE("a prepared stack gives the same to the bit, batch after batch") {
  const std::string precision = GENERATE("fp32", "bf16");
  if (precision == "bf16" && !bf16_available()) return;
  const int64_t hidden = GENERATE(5, 24);
  const bool bidirectional = GENERATE(false, true);
  CAPTURE(precision, hidden, bidirectional);
  RecurrentOptions options = shape("lstm", 3, bidirectional, true);
  options.hidden_size = hidden;
  options.precision = precision;
  Recurrent stack = make_stack(options), prepared = make_stack(options);
  const Tensor embedding = at::randn({40, 3});
  const at::NoGradGuard no_grad;
  stack->eval();
  prepared->eval();
  prepared->prepare(embedding);
  for (const PackedSteps& steps : {PackedSteps({9, 8, 8, 3, 1, 1}), PackedSteps({2}), PackedSteps::equal(3, 70)}) {
    const Tensor ids = at::randint(0, 40, {steps.rows()}, at::kLong);
    REQUIRE(distance(prepared->forward_packed_embedded(ids, embedding, steps),
                     stack->forward_packed_embedded(ids, embedding, steps)) == 0);
  }
  REQUIRE_THROWS(prepared->forward_packed_embedded(at::full({2}, 40, at::kLong), embedding, PackedSteps({2})));
}

TEST_CASE("what is remembered of words makes room for others") {
  const int64_t hidden = 32, vocabulary = 150000;  // more rows than are kept
  RecurrentOptions options = shape("lstm", 1, false, true);
  options.hidden_size = hidden;
  Recurrent stack = make_stack(options), prepared = make_stack(options);
  const at::NoGradGuard no_grad;
  const Tensor embedding = at::randn({vocabulary, 3});
  prepared->eval();
  prepared->prepare(embedding);
  const PackedSteps steps = PackedSteps::equal(1, 100000);
  for (const int64_t first : {int64_t{0}, int64_t{50000}, int64_t{0}}) {
    const Tensor ids = at::arange(first, first + 100000, at::kLong);
    REQUIRE(distance(prepared->forward_packed_embedded(ids, embedding, steps),
                     stack->forward_packed_embedded(ids, embedding, steps)) == 0);
  }
}

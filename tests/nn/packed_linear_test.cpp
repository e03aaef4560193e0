// The packed linear layer gives at::linear's output and gradients.
// N = rows, I = input size, O = output size
#include "nn/packed_linear.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>

#include "tensors.h"
#include "test.h"

using namespace seq::nn;
using at::Tensor;
using seq::test::distance;

namespace {

struct Shape {
  int64_t rows, input, output;
};

/// A number that every output has a share in.
Tensor total(const Tensor& y) {
  return (y * at::linspace(-1, 2, y.numel()).view(y.sizes())).sum();
}

}  // namespace

TEST_CASE("a packed linear layer equals LibTorch's, with its gradients") {
  const Precision precision = GENERATE(Precision::kFp32, Precision::kBf16);
  if (precision == Precision::kBf16 && !bf16_available()) return;
  const auto [rows, input, output] = GENERATE(Shape{1, 1, 1}, Shape{7, 5, 33}, Shape{130, 100, 64}, Shape{600, 33, 47});
  CAPTURE(rows, input, output, precision == Precision::kBf16);
  at::manual_seed(5);
  const std::vector<Tensor> leaves = {at::randn({rows, input}).requires_grad_(),
                                      at::randn({output, input}).requires_grad_(),
                                      at::randn({output}).requires_grad_()};
  const Tensor ours = packed_linear(leaves[0], leaves[1], leaves[2], precision);
  const Tensor expected = at::linear(leaves[0], leaves[1], leaves[2]);
  const double tolerance = precision == Precision::kBf16 ? 0.02 : 1e-5;  // of the largest
  REQUIRE(distance(ours, expected) < tolerance * expected.abs().max().item<double>());
  const auto our_grads = torch::autograd::grad({total(ours)}, leaves);
  const auto grads = torch::autograd::grad({total(expected)}, leaves);
  for (size_t i = 0; i < leaves.size(); ++i)
    REQUIRE(distance(our_grads[i], grads[i]) <= tolerance * grads[i].abs().max().item<double>());
}

// Pooling of packed sequences against the same by hand, with numeric gradients.
// B = sequences, N = rows of packed steps, H = numbers in a vector
#include "nn/pooling.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <functional>

#include "tensors.h"
#include "test.h"

using namespace seq;
using namespace seq::nn;
using seq::test::distance;
using seq::test::gradient_error;

namespace {

const PackedSteps& steps() {
  static const PackedSteps made({4, 3, 3, 1});
  return made;
}

/// The rows of each sequence.
std::vector<at::Tensor> sequences(const at::Tensor& x) {
  std::vector<at::Tensor> all;
  for (int64_t b = 0; b < steps().batch(); ++b) {
    std::vector<at::Tensor> rows;
    for (int64_t t = 0; t < steps().lengths()[static_cast<size_t>(b)]; ++t) rows.push_back(x[steps().begin(t) + b]);
    all.push_back(at::stack(rows));
  }
  return all;
}

at::Tensor by_hand(const at::Tensor& x, const std::function<at::Tensor(const at::Tensor&)>& pool) {
  std::vector<at::Tensor> rows;
  for (const at::Tensor& one : sequences(x)) rows.push_back(pool(one));
  return at::stack(rows);
}

at::Tensor total(const at::Tensor& y) {
  return (y * at::linspace(-1, 2, y.numel(), y.options().requires_grad(false)).view_as(y)).sum();
}

}  // namespace

TEST_CASE("every pooling equals the same by hand, and its gradient central differences") {
  const at::Tensor x = at::randn({steps().rows(), 6}, at::kDouble).requires_grad_();
  const auto check = [&](const std::function<at::Tensor()>& pooled,
                         const std::function<at::Tensor(const at::Tensor&)>& pool) {
    REQUIRE(distance(pooled(), by_hand(x, pool)) < 1e-14);
    REQUIRE(gradient_error([&] { return total(pooled()); }, {x}) < 1e-8);
  };
  check([&] { return sum_over_steps(x, steps()); }, [](const at::Tensor& one) { return one.sum(0); });
  check([&] { return mean_over_steps(x, steps()); }, [](const at::Tensor& one) { return one.mean(0); });
  check([&] { return max_over_steps(x, steps()); }, [](const at::Tensor& one) { return one.amax(0); });
  check([&] { return last_of_steps(x, steps(), false); }, [](const at::Tensor& one) { return one[-1]; });
  check([&] { return last_of_steps(x, steps(), true); },
        [](const at::Tensor& one) {
          return at::cat({one[-1].narrow(0, 0, 3), one[0].narrow(0, 3, 3)});
        });
}

TEST_CASE("weights of steps sum to 1 over each sequence, are a softmax of it alone, and have its gradient") {
  const at::Tensor scores = (at::randn({steps().rows()}, at::kDouble) * 3).requires_grad_();
  const at::Tensor weights = softmax_over_steps(scores, steps());
  const auto sums = sum_over_steps(weights.unsqueeze(1), steps());
  REQUIRE(distance(sums, at::zeros_like(sums) + 1) < 1e-14);
  const auto parts = sequences(weights.unsqueeze(1)), inputs = sequences(scores.unsqueeze(1));
  for (size_t b = 0; b < parts.size(); ++b) REQUIRE(distance(parts[b], at::softmax(inputs[b], 0)) < 1e-14);
  REQUIRE(gradient_error([&] { return total(softmax_over_steps(scores, steps())); }, {scores}) < 1e-8);
}

TEST_CASE("the gradient of a greatest that several steps have goes to the first of them") {
  const at::Tensor x = at::zeros({steps().rows(), 2}, at::kDouble).requires_grad_();
  max_over_steps(x, steps()).sum().backward();
  REQUIRE(x.grad().narrow(0, 0, 4).sum().item<double>() == 8);
  REQUIRE(x.grad().sum().item<double>() == 8);
}

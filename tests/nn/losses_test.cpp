// Losses: chance, masks, extreme logits, gradients.
// B = batch, T = time, V = vocabulary
#include "nn/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "tensors.h"
#include "test.h"

using namespace seq::nn;
using seq::test::distance;
using seq::test::gradient_error;

TEST_CASE("cross entropy of uniform logits is log V a token") {
  const int64_t vocabulary = 65;
  const Loss loss = cross_entropy(at::full({3, 4, vocabulary}, 2.5), at::randint(vocabulary, {3, 4}, at::kLong), {});
  REQUIRE(loss.count == 12);
  REQUIRE(loss.sum.dim() == 0);
  REQUIRE(loss.sum.item<double>() / 12 == Approx(std::log(65.0)).epsilon(1e-6));
}

TEST_CASE("cross entropy equals its definition") {
  const Tensor logits = at::randn({2, 3, 5}, at::kDouble);
  const Tensor targets = at::tensor({0, 4, 2, 1, 3, 3}, at::kLong).view({2, 3});
  double expected = 0;
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t t = 0; t < 3; ++t) {
      expected += (logits[b][t].exp().sum().log() - logits[b][t][targets[b][t].item<int64_t>()]).item<double>();
    }
  }
  REQUIRE(cross_entropy(logits, targets, {}).sum.item<double>() == Approx(expected).epsilon(1e-13));
}

TEST_CASE("positions outside the mask change neither loss nor gradients nor count") {
  const Tensor base = at::randn({2, 3, 5});
  const Tensor mask = at::tensor({1.0, 1.0, 0.0, 1.0, 0.0, 0.0}, at::kFloat).view({2, 3});
  const Tensor targets = at::tensor({0, 4, 2, 1, 3, 3}, at::kLong).view({2, 3});
  const Tensor logits = base.clone().requires_grad_();
  const Loss loss = cross_entropy(logits, targets, mask);
  REQUIRE(loss.count == 3);
  loss.sum.backward();
  const Tensor other = (base + (1 - mask).unsqueeze(-1) * 100 * at::randn({2, 3, 5})).detach().requires_grad_();
  const Tensor padded = targets.masked_fill(mask == 0, -1);  // not even a class
  const Loss same = cross_entropy(other, padded, mask);
  same.sum.backward();
  REQUIRE(same.count == 3);
  REQUIRE(same.sum.item<float>() == loss.sum.item<float>());
  REQUIRE(logits.grad().equal(other.grad()));
  REQUIRE((logits.grad().abs().sum(-1) > 0).to(at::kFloat).equal(mask));
  REQUIRE(cross_entropy(base, targets, at::zeros({2, 3})).count == 0);
  REQUIRE(cross_entropy(base, targets, at::zeros({2, 3})).sum.item<float>() == 0);
  REQUIRE(cross_entropy(base, targets, at::ones({2, 3})).sum.equal(cross_entropy(base, targets, {}).sum));
}

TEST_CASE("huge logits give no NaN") {
  const Tensor logits = at::tensor({1e30, -1e30, 0.0, -1e38, 1e38, 3e38}, at::kFloat).view({2, 3}).requires_grad_();
  const Loss loss = cross_entropy(logits, at::tensor({0, 2}, at::kLong), {});
  REQUIRE(loss.sum.item<float>() == 0);
  loss.sum.backward();
  REQUIRE(logits.grad().isfinite().all().item<bool>());
  REQUIRE(std::isfinite(cross_entropy(logits, at::tensor({1, 1}, at::kLong), {}).sum.item<float>()));
}

TEST_CASE("losses have the right gradients") {
  const Tensor logits = at::randn({2, 3, 5}, at::kDouble).requires_grad_();
  const Tensor targets = at::tensor({0, 4, 2, 1, 3, 3}, at::kLong).view({2, 3});
  REQUIRE(gradient_error([&] { return cross_entropy(logits, targets, {}).sum; }, {logits}) < 1e-8);
  const Tensor wanted = at::randn({2, 3, 5}, at::kDouble);
  REQUIRE(gradient_error([&] { return squared_error(logits, wanted).sum; }, {logits}) < 1e-7);
}

TEST_CASE("squared error is a sum with its count") {
  const Loss loss = squared_error(at::tensor({1.0, 2.0, 3.0}), at::tensor({1.0, 0.0, 4.0}));
  REQUIRE(loss.sum.item<double>() == 5);
  REQUIRE(loss.count == 3);
}

TEST_CASE("binary cross entropy equals its definition, and stays finite for the surest logits") {
  const Tensor logits = at::tensor({-2.0, 0.5, 3.0}, at::kDouble), targets = at::tensor({1.0, 0.0, 1.0}, at::kDouble);
  const auto p = [](double z) { return 1 / (1 + std::exp(-z)); };
  const Loss loss = seq::nn::binary_cross_entropy(logits, targets);
  REQUIRE(loss.count == 3);
  REQUIRE(loss.sum.item<double>() == Approx(-std::log(p(-2)) - std::log(1 - p(0.5)) - std::log(p(3))));
  const Tensor sure = at::tensor({-1e30, 1e30, 1e4, -1e4}, at::kFloat).requires_grad_();
  const Loss safe = seq::nn::binary_cross_entropy(sure, at::tensor({0.0, 1.0, 0.0, 1.0}, at::kFloat));
  REQUIRE(safe.sum.item<double>() == Approx(2e4));
  safe.sum.backward();
  REQUIRE(sure.grad().isfinite().all().item<bool>());
}

TEST_CASE("cross entropy of the surest wrong answer is finite") {
  const Tensor logits = at::tensor({1e4, 0.0, -1e4}, at::kFloat).view({1, 3}).requires_grad_();
  const Loss loss = cross_entropy(logits, at::tensor({2}, at::kLong), {});
  REQUIRE(loss.sum.item<double>() == Approx(2e4));
  loss.sum.backward();
  REQUIRE(logits.grad().isfinite().all().item<bool>());
}

TEST_CASE("error correction counts wrong answers, and its gradient is output less target") {
  const Tensor z = at::tensor({-1.0, 0.0, 2.0, -3.0}, at::kDouble).requires_grad_();
  const Loss loss = error_correction(z, at::tensor({1.0, 0.0, 1.0, 0.0}, at::kDouble));
  REQUIRE(loss.count == 4);
  REQUIRE(loss.sum.item<double>() == 2);
  loss.sum.backward();
  REQUIRE(z.grad().equal(at::tensor({-1.0, 1.0, 0.0, 0.0}, at::kDouble)));
}

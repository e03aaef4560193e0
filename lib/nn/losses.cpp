// Losses as sums with their counts.
// N = positions, V = vocabulary
#include "nn/losses.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/nll_loss.h>

namespace seq::nn {

Loss cross_entropy(const Tensor& logits, const Tensor& targets, const Tensor& mask) {
  constexpr int64_t kIgnored = -100;
  const Tensor log_probabilities = at::log_softmax(logits.reshape({-1, logits.size(-1)}), 1);  // [N, V]
  Tensor kept = targets.reshape(-1);                                                           // [N]
  int64_t count = kept.numel();
  if (mask.defined()) {
    const Tensor padding = mask.reshape(-1) == 0;  // [N]
    kept = kept.masked_fill(padding, kIgnored);
    count -= padding.sum().item<int64_t>();
  }
  return {at::nll_loss(log_probabilities, kept, {}, at::Reduction::Sum, kIgnored), count};
}

Loss binary_cross_entropy(const Tensor& logits, const Tensor& targets) {
  return {at::binary_cross_entropy_with_logits(logits, targets, {}, {}, at::Reduction::Sum), targets.numel()};
}

Loss error_correction(const Tensor& z, const Tensor& targets) {
  const Tensor wrong = targets - (z >= 0).to(z.scalar_type());
  const Tensor slope = -(wrong * z).sum();  // whose gradient is that of the rule, whatever its value
  return {wrong.abs().sum() + slope - slope.detach(), targets.numel()};
}

Loss squared_error(const Tensor& predictions, const Tensor& targets) {
  return {(predictions - targets).square().sum(), predictions.numel()};
}

}  // namespace seq::nn

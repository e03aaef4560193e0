// Losses as sums with their counts, so that means over ragged batches are exact.
// B = batch, T = time, V = vocabulary
#pragma once

#include <ATen/core/Tensor.h>

namespace seq::nn {

using at::Tensor;

/// A sum over `count` tokens or examples. `sum` is a scalar tensor in the graph.
struct Loss {
  Tensor sum;
  int64_t count = 0;
};

/// Sum of -log softmax(logits)[target] over the positions where mask is not 0; computed from logits, never NaN for
/// finite ones. logits [..., V], targets [...] int64, mask [...] of the logits' type, or undefined: all count.
Loss cross_entropy(const Tensor& logits, const Tensor& targets, const Tensor& mask);

/// Sum of squared differences (not halved) over all elements.
Loss squared_error(const Tensor& predictions, const Tensor& targets);

}  // namespace seq::nn

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
  Tensor right = {};  ///< how many answers are right, where the model answers with classes; else undefined
};

/// Sum of -log softmax(logits)[target] over the positions where mask is not 0; computed from logits, never NaN for
/// finite ones. logits [..., V], targets [...] int64, mask [...] of the logits' type, or undefined: all count.
Loss cross_entropy(const Tensor& logits, const Tensor& targets, const Tensor& mask);

/// Sum of -log of the probability of the target, where sigmoid(logit) is that of 1; computed from logits, never NaN for
/// finite ones. logits [...], targets [...] of 0 and 1 in the logits' type.
Loss binary_cross_entropy(const Tensor& logits, const Tensor& targets);

/// Rosenblatt's error correction: the sum of |target - output|, where output is 1 for z >= 0, else 0. Its gradient by z
/// is output - target, so that a step of rate 1 adds (target - output) x to the weights. z [...], targets [...] of
/// 0, 1.
Loss error_correction(const Tensor& z, const Tensor& targets);

/// Sum of squared differences (not halved) over all elements.
Loss squared_error(const Tensor& predictions, const Tensor& targets);

}  // namespace seq::nn

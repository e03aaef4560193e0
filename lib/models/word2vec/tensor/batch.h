// Samples of word2vec as tensors.
// N = words of a batch, C = most neighbours of a word, K = most outputs of a word
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "vectors/train/samples.h"

namespace seq::word2vec {

using at::Tensor;

/// Some words of Samples as tensors. What fills a row up to the longest repeats a number of that row (so that updates
/// of nothing, which they are, do not all meet in one row of a table), and its mask is 0.
struct TensorBatch {
  Tensor inputs;       ///< [N, C] int64: rows of `vectors`
  Tensor input_mask;   ///< [N, C]
  Tensor outputs;      ///< [N, K] int64: rows of `outputs`
  Tensor output_mask;  ///< [N, K]
  Tensor labels;       ///< [N, K]
};

/// The words `first` to `last`, exclusive.
TensorBatch make_batch(const vectors::Samples& samples, size_t first, size_t last, c10::Device device);

}  // namespace seq::word2vec

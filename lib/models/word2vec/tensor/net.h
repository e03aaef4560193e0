// Word2vec's tables as a module, its losses as tensor operations.
// N = words of a batch, C = most neighbours of a word, P = predictions of a word (skip-gram: C, CBOW: 1),
// K = most outputs of a word, V = vocabulary, D = dimension
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "vectors/train/word2vec.h"

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

/// Parameters: `vectors` [V, D] and `outputs` [V, D] ([V - 1, D] with hierarchical softmax). On the CPU they are the
/// model's own tables, without a copy; on another device copies, which copy_back() brings home.
class Word2vecNetImpl : public torch::nn::Module {
 public:
  /// The model must outlive the module.
  Word2vecNetImpl(vectors::Word2vec& model, const vectors::Word2vecOptions& options, c10::Device device);

  /// The sum of the losses of all predictions, through which gradients reach both tables.
  Tensor forward(const TensorBatch& batch);
  /// One step down the gradient, in nothing but the rows of the batch; returns the loss before it.
  /// The leaves of the graph are the rows that were looked up, and with CBOW what predicts the word: each neighbour
  /// then gains what that gains. This is word2vec.c's update; with `context` mean it is the gradient times the number
  /// of neighbours.
  Tensor step(const TensorBatch& batch, double rate);
  void copy_back();

  Tensor input_table;   ///< `vectors`
  Tensor output_table;  ///< `outputs`

 private:
  Tensor predictors(const TensorBatch& batch) const;
  Tensor output_rows(const TensorBatch& batch) const;
  Tensor loss(const Tensor& x, const Tensor& y, const TensorBatch& batch) const;
  Tensor prediction_mask(const TensorBatch& batch) const;

  vectors::Word2vec& model_;
  bool cbow_;
  bool mean_;
  bool full_softmax_;
};
TORCH_MODULE(Word2vecNet);

}  // namespace seq::word2vec

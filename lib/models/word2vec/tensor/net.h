// Word2vec's tables as a module, its losses as tensor operations.
// N = words of a batch, C = most neighbours of a word, P = predictions of a word (skip-gram: C, CBOW: 1),
// K = most outputs of a word, V = vocabulary, D = dimension, filled up as in PaddedTable
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "models/word2vec/tensor/batch.h"
#include "vectors/train/word2vec.h"

namespace seq::word2vec {

/// Parameters: `vectors` [V, D] and `outputs` [V, D] ([V - 1, D] with hierarchical softmax), whose columns beyond the
/// model's dimension are zero and stay so. On the CPU they are the model's own tables, without a copy; on another
/// device copies, which copy_back() brings home.
class Word2vecNetImpl : public torch::nn::Module {
 public:
  /// The model must outlive the module.
  Word2vecNetImpl(vectors::Word2vec& model, const vectors::Word2vecOptions& options, c10::Device device);

  /// The sum of the losses of all predictions, through which gradients reach both tables.
  Tensor forward(const TensorBatch& batch);
  /// One step down the gradient for the words `first` to `last`, exclusive, in nothing but their rows; returns the sum
  /// of their losses before it. With CBOW each neighbour gains what that gains which predicts the word: word2vec.c's
  /// update, with `context` mean the gradient times the number of neighbours.
  Tensor step(const vectors::Samples& samples, size_t first, size_t last, double rate);
  /// The sum of the losses of the words `first` to `last`, exclusive.
  Tensor loss(const vectors::Samples& samples, size_t first, size_t last) const;
  void copy_back();

  Tensor input_table;   ///< `vectors`
  Tensor output_table;  ///< `outputs`

 private:
  /// Some words and what their rows gain.
  struct Part {
    TensorBatch batch;
    Tensor inputs;   ///< [N, C, D]
    Tensor outputs;  ///< [N, K, D], or of all: [V, D]
    Tensor loss;
  };

  template <class Run>
  auto each_part(const vectors::Samples& samples, size_t first, size_t last, Run run) const;
  Part gains(const TensorBatch& batch, double rate) const;
  Tensor predictors(const TensorBatch& batch) const;
  Tensor output_rows(const TensorBatch& batch) const;
  Tensor prediction_mask(const TensorBatch& batch) const;
  Tensor loss_of(const Tensor& products, const TensorBatch& batch) const;
  Tensor steps_of(const Tensor& products, const TensorBatch& batch) const;

  vectors::Word2vec& model_;
  c10::Device device_;
  bool cbow_;
  bool mean_;
  bool full_softmax_;
};
TORCH_MODULE(Word2vecNet);

}  // namespace seq::word2vec

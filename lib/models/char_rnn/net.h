// The network of the character RNN.
// B = batch, T = time, V = vocabulary, E = embedding, H = hidden
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "config/train_options.h"
#include "models/char_rnn/options.h"
#include "nn/recurrent.h"

namespace seq {

using at::Tensor;

/// Embedding, stacked recurrent cells, softmax layer: P(next | past) = softmax(W y + b).
/// Parameters: `embedding` [V, E] (none with one-hot input: E = V; without a gradient when it is frozen), `rnn.…` (see
/// nn/recurrent.h), `head_weight` [V, H], `head_bias` [V].
class CharRnnImpl : public torch::nn::Module {
 public:
  CharRnnImpl(const CharRnnOptions& options, const TrainOptions& train, int64_t vocabulary_size);

  /// ids [B, T] and the state after the last window (or an empty one) to logits [B, T, V] and the new state.
  std::pair<Tensor, nn::State> forward(const Tensor& ids, const nn::State& past);

  nn::Recurrent rnn = nullptr;
  Tensor embedding;    ///< [V, E]; the identity, and no parameter, with one-hot input
  Tensor head_weight;  ///< [V, H]
  Tensor head_bias;    ///< [V]

 private:
  std::pair<Tensor, nn::State> run_cells(const Tensor& ids, const nn::State& past);

  CharRnnOptions options_;
};
TORCH_MODULE(CharRnn);

}  // namespace seq

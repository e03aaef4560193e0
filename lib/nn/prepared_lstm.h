// Stacked LSTM layers whose weights have stopped changing, for many batches of packed sequences of ids.
//
// N = rows of packed steps, D = directions, H = hidden, H' = hidden, up to whole blocks of units, V = vocabulary,
// E = embedding
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nn/lstm_kernel.h"
#include "nn/lstm_recurrence.h"

namespace seq::nn {

/// Gives to the bit what packed_lstm_layer gives layer by layer. Weights are packed once, the first layer's input
/// products of words are remembered from batch to batch, and with bf16 layers hand on rounded output.
class PreparedLstm {
 public:
  /// `layers` by layer and direction, over embedding [V, E].
  PreparedLstm(at::Tensor embedding, const std::vector<std::vector<LstmLayerWeights>>& layers, Precision precision);

  /// ids [N] to y [N, D H], without gradient.
  at::Tensor run(const at::Tensor& ids, const PackedSteps& steps);

  const at::Tensor& embedding() const { return embedding_; }

 private:
  struct Layer {
    LstmPanels panels;
    at::Tensor bias;  ///< [D, 4H'] by units
  };

  /// The rows of the table for ids [N]; those of words that are new to it are filled.
  at::Tensor look_up(const at::Tensor& ids);
  std::vector<int64_t> new_words(const at::Tensor& ids) const;

  at::Tensor embedding_;
  int64_t directions_, hidden_;
  std::vector<Layer> layers_;
  PackedMatrix first_input_;  ///< [E, D 4H'] by units
  bool rounds_;               ///< what goes from layer to layer

  at::Tensor table_;             ///< [capacity, D 4H' + padding]
  std::vector<int64_t> words_;   ///< those in the table, row by row
  std::vector<int64_t> places_;  ///< [V]: the row of each word, or -1
};

}  // namespace seq::nn

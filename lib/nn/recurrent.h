// Stacked recurrent layers: Elman RNN, LSTM and GRU.
// B = batch, T = time, N = rows of packed steps, I = input, H = hidden, L = layers, D = directions,
// G = gates (1, 4 or 3)
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <memory>
#include <string>
#include <vector>

#include "nn/packed_steps.h"
#include "nn/prepared_lstm.h"
#include "nn/recurrent_cells.h"

namespace seq::nn {

/// The same state cut off from the graph, so that back-propagation through time ends at the window's start.
State detach(const State& state);

/// Shape and arithmetic of a stack.
struct RecurrentOptions {
  std::string cell = "lstm";  ///< `rnn`, `lstm`, `gru`
  int64_t input_size = 0;
  int64_t hidden_size = 0;
  int64_t layers = 1;
  double dropout = 0.0;        ///< between layers (Zaremba et al. 2014), not after the last
  bool bidirectional = false;  ///< a second stack reads from the end (Schuster & Paliwal 1997): packed sequences alone
  bool peepholes = false;      ///< lstm only (Gers & Schmidhuber 2000)
  bool fast = true;            ///< fused kernels where there are some; false: LibTorch's own operations throughout
  std::string precision = "fp32";

  int64_t output_size() const { return bidirectional ? 2 * hidden_size : hidden_size; }
};

/// L layers of one kind of cell. Parameters are named and shaped as in torch.nn (`weight_ih_l0` [G H, I],
/// `weight_hh_l0` [G H, H], `bias_ih_l0`, `bias_hh_l0` [G H]; gates of LSTM i f g o, of GRU r z n), so that a state
/// dict of PyTorch loads; peepholes are `weight_ci_l0`, `weight_cf_l0`, `weight_co_l0` [H]. Those of
/// the second direction end in `_reverse`; the next layer reads both outputs.
///
///   rnn:  h = tanh(W x + b + U h' + d)                                    Elman 1990
///   lstm: c = f c' + i g, h = o tanh(c); i f o = sigmoid, g = tanh        Hochreiter & Schmidhuber 1997, Gers 2000
///   gru:  h = (1 - z) n + z h', n = tanh(W x + b + r (U h' + d))          Cho et al. 2014, as in PyTorch
/// Weights start at zero; `initialise` and `set_forget_bias` fill them.
/// `precision` "bf16" multiplies in bf16 and keeps sums, states and gradients of weights in the parameters' type.
/// Inside all is time-major: a transposed view of a tensor [T, B, I] is read without a copy, and y is such a view.
class RecurrentImpl : public torch::nn::Module {
 public:
  explicit RecurrentImpl(const RecurrentOptions& options);

  /// x [B, T, I] and the state after the last window (or an empty one: zeros) to y [B, T, H] and the new state:
  /// h [L, B, H], and for LSTM c [L, B, H] after it.
  std::pair<Tensor, State> forward(const Tensor& x, const State& past);

  /// The same over embedding[ids]: ids [B, T], embedding [V, I]. Faster where the vocabulary is small, because the
  /// first layer's input product is then made once for each token of the vocabulary.
  std::pair<Tensor, State> forward_embedded(const Tensor& ids, const Tensor& embedding, const State& past);

  /// Packed sequences from states of zero: x [N, I] to y [N, D H], where the second half of y, with two directions, has
  /// seen a sequence from its end up to the row's step. Each sequence gets what it would get alone.
  Tensor forward_packed(const Tensor& x, const PackedSteps& steps);

  /// The same over embedding[ids], ids [N]: the first layer's input product is made once for each distinct id.
  Tensor forward_packed_embedded(const Tensor& ids, const Tensor& embedding, const PackedSteps& steps);

  /// For weights that do not change any more: forward_packed_embedded over this embedding, without gradient, then
  /// spares what is the same in every batch. Gives the same to the bit.
  void prepare(const Tensor& embedding);

  const RecurrentOptions& options() const { return options_; }
  /// The parameters of a layer in the order weight_ih, weight_hh, bias_ih, bias_hh (and peepholes i, f, o).
  const std::vector<Tensor>& layer(int64_t index) const { return layers_[static_cast<size_t>(index)][0]; }

 private:
  /// The state of each layer, [1, B, H] each; zeros when `past` is empty.
  std::vector<State> split(const State& past, int64_t batch, const at::TensorOptions& like) const;
  std::pair<Tensor, State> run_upper_layers(Tensor y, std::vector<State>& states);
  Tensor run_upper_packed(Tensor y, const PackedSteps& steps);

  RecurrentOptions options_;
  std::vector<std::vector<std::vector<Tensor>>> layers_;  ///< by layer and direction
  std::unique_ptr<PreparedLstm> prepared_;                ///< or null
};
TORCH_MODULE(Recurrent);

}  // namespace seq::nn

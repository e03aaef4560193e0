// A fused LSTM layer for training and evaluation on the CPU, with its own gradient.
//
// T = time, B = batch, N = rows of packed steps, D = directions, I = input size, E = embedding, H = hidden,
// V = vocabulary
//
//   auto [y, h, c] = nn::lstm_layer(x, {h0, c0}, {w_ih, w_hh, b_ih, b_hh}, nn::Precision::kFp32);
//
// The same equations, gate order (i, f, g, o) and weight layout as at::lstm, and equal to it up to rounding. It is
// faster because each thread takes its share of the batch through all time steps without waiting for the others,
// weights are packed once a window, and gates are computed while the sums are in the first cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nn/packed_product.h"
#include "nn/packed_steps.h"

namespace seq::nn {

/// Weights of one layer in PyTorch's layout; all fp32.
struct LstmLayerWeights {
  at::Tensor w_ih;  ///< [4H, I]
  at::Tensor w_hh;  ///< [4H, H]
  at::Tensor b_ih;  ///< [4H]
  at::Tensor b_hh;  ///< [4H]
};

/// What one layer carries from window to window.
struct LstmLayerState {
  at::Tensor h;  ///< [B, H]
  at::Tensor c;  ///< [B, H]
};

struct LstmLayerOutput {
  at::Tensor y;  ///< [T, B, H]
  at::Tensor h;  ///< [B, H], the last of y
  at::Tensor c;  ///< [B, H]
};

/// Runs one layer over x [T, B, I]. Gradients flow to x, the state and the weights (first order only).
/// kBf16 rounds the factors of the matrix products to bf16; sums, gates, cell state, weights and gradients stay fp32.
/// Throws c10::Error for shapes that disagree, tensors that are not fp32 on the CPU, an empty window,
/// and for kBf16 where bf16_available() is false.
LstmLayerOutput lstm_layer(const at::Tensor& x, const LstmLayerState& past, const LstmLayerWeights& weights,
                           Precision precision);

/// The same over embedded ids [T, B] (int64): equals lstm_layer(embedding[ids], ...), with gradients to embedding [V,
/// E]. The input's product is made once for each word of the vocabulary and looked up, which is faster while V is
/// smaller than T * B. Ids outside of [0, V) throw.
LstmLayerOutput lstm_layer(const at::Tensor& ids, const at::Tensor& embedding, const LstmLayerState& past,
                           const LstmLayerWeights& weights, Precision precision);

/// One layer over packed sequences x [N, I] from states of zero, to y [N, D H]: of two directions the second reads each
/// sequence from its end. Nothing is done for sequences that have ended.
at::Tensor packed_lstm_layer(const at::Tensor& x, const PackedSteps& steps,
                             const std::vector<LstmLayerWeights>& directions, Precision precision);

/// The same over embedded ids [N]; the input's product is made once for each distinct id.
at::Tensor packed_lstm_layer(const at::Tensor& ids, const at::Tensor& embedding, const PackedSteps& steps,
                             const std::vector<LstmLayerWeights>& directions, Precision precision);

}  // namespace seq::nn

// The character RNN written from scratch as a module: parameters, loss, and the step that sampling needs.
// B = batch, T = time, H = hidden, V = vocabulary
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <utility>

#include "models/scratch_rnn/options.h"
#include "nn/losses.h"
#include "nn/recurrent.h"

namespace seq {

using at::Tensor;

/// h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h),  y_t = W_hy h_t + b_y,  x_t one-hot (Elman 1990; Karpathy 2015).
///
///   ScratchRnn net(ScratchRnnOptions{}, 65, generator);
///   nn::State carried;                                             // empty: h_0 = 0
///   net->loss(ids, targets, {}, carried).sum.backward();           // carried now holds h_T
class ScratchRnnImpl : public torch::nn::Module {
 public:
  ScratchRnnImpl(const ScratchRnnOptions& options, int64_t vocabulary_size, at::Generator generator);

  /// ids [B, T] and the state before them (or an empty one: zeros) to logits [B, T, V] and the state after them,
  /// h [B, H]. LibTorch's operations throughout.
  std::pair<Tensor, nn::State> forward(const Tensor& ids, const nn::State& past);

  /// Sum of -log softmax(y_t)[target_t] over the positions of ids, targets [B, T] where mask [B, T] is not 0
  /// (undefined: all count). `carried` becomes the state after the window, cut off from the graph.
  /// With `gradient` = hand, one node of the graph whose gradients are written out by hand; on other devices than the
  /// CPU, by autograd all the same.
  nn::Loss loss(const Tensor& ids, const Tensor& targets, const Tensor& mask, nn::State& carried);

 private:
  Tensor start(const Tensor& ids, const nn::State& past) const;

  ScratchRnnOptions options_;
  Tensor weight_xh_;  ///< [H, V]
  Tensor weight_hh_;  ///< [H, H]
  Tensor bias_h_;     ///< [H]
  Tensor weight_hy_;  ///< [V, H]
  Tensor bias_y_;     ///< [V]
};
TORCH_MODULE(ScratchRnn);

}  // namespace seq

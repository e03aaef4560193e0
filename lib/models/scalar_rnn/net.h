// The scalar linear RNN as a module.
// B = batch, T = time
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "models/scalar_rnn/options.h"
#include "nn/losses.h"

namespace seq {

using at::Tensor;

/// s_t = x_t U + s_{t-1} W, s_0 = 0; the prediction is s_T. In double precision: single overflows where the
/// exploding gradient begins to show.
class ScalarRnnImpl : public torch::nn::Module {
 public:
  explicit ScalarRnnImpl(const ScalarRnnOptions& options);

  /// inputs [B, T] to predictions [B].
  Tensor forward(const Tensor& inputs);

  /// Sum of (s_T - target)², not halved. inputs [B, T], targets [B].
  nn::Loss loss(const Tensor& inputs, const Tensor& targets);

 private:
  ScalarRnnOptions options_;
  Tensor u_;  ///< [1]
  Tensor w_;  ///< [1]
};
TORCH_MODULE(ScalarRnn);

}  // namespace seq

// The feed-forward network as a module.
// B = batch, C = input columns, O = output units
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <vector>

#include "models/feedforward/options.h"
#include "nn/activations.h"
#include "nn/batch_norm.h"

namespace seq {

using at::Tensor;

/// h_0 = x with its powers, h_i = dropout(f(norm(W_i h_{i-1} + b_i))), and the output g(W h + b).
class FeedforwardImpl : public torch::nn::Module {
 public:
  FeedforwardImpl(const FeedforwardOptions& options, int64_t inputs, int64_t outputs, at::Generator generator);

  /// x [B, C] to [B, O].
  Tensor forward(const Tensor& x);

  /// Sets the weights of the only layer to those with the least sum of squared errors. x [R, C], targets [R].
  void solve(const Tensor& x, const Tensor& targets);

 private:
  /// What the first layer reads. [B, C powers]
  Tensor expanded(const Tensor& x) const;

  FeedforwardOptions options_;
  std::vector<Tensor> weights_;              // [out, in] each
  std::vector<Tensor> biases_;               // [out] each
  std::vector<nn::BatchNorm> norms_;         // of the hidden layers, if wanted
  std::vector<nn::Activation> activations_;  // one for each layer
};
TORCH_MODULE(Feedforward);

}  // namespace seq

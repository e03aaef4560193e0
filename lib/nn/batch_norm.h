// Batch normalisation of rows.
// B = batch, H = units
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace seq::nn {

using at::Tensor;

/// Ioffe & Szegedy 2015: y = weight (x - m) / sqrt(v + 1e-5) + bias, unit by unit. In training m and v are the batch's
/// (v biased), and the running statistics follow them: r = 0.9 r + 0.1 m, with v unbiased. In evaluation m and v are
/// the running statistics, which are buffers: saved with the weights. A batch of training has two rows or more.
class BatchNormImpl : public torch::nn::Module {
 public:
  explicit BatchNormImpl(int64_t units);
  Tensor forward(const Tensor& x);  ///< x [B, H]

 private:
  Tensor weight_, bias_;               // [H]
  Tensor running_mean_, running_var_;  // [H]
};
TORCH_MODULE(BatchNorm);

}  // namespace seq::nn

// Batch normalisation by LibTorch's operation.
// B = batch, H = units
#include "nn/batch_norm.h"

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

namespace seq::nn {

BatchNormImpl::BatchNormImpl(int64_t units)
    : weight_(register_parameter("weight", at::ones({units}))),
      bias_(register_parameter("bias", at::zeros({units}))),
      running_mean_(register_buffer("running_mean", at::zeros({units}))),
      running_var_(register_buffer("running_var", at::ones({units}))) {}

Tensor BatchNormImpl::forward(const Tensor& x) {
  return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, is_training(), /*momentum=*/0.1, /*eps=*/1e-5,
                        /*cudnn_enabled=*/true);
}

}  // namespace seq::nn

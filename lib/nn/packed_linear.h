// A linear layer on packed products, with its gradient.
// N = rows, I = input size, O = output size
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/packed_product.h"

namespace seq::nn {

/// x [N, I] * weight^T + bias, weight [O, I], bias [O], all contiguous fp32 on the CPU: [N, O]. kBf16 rounds the
/// factors of the products, also of those back.
at::Tensor packed_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, Precision precision);

}  // namespace seq::nn

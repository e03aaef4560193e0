// The linear layer as an autograd function.
#include "nn/packed_linear.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/packed_parallel.h"

namespace seq::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        Precision precision) {
    ctx->save_for_backward({x, weight});
    ctx->saved_data["precision"] = static_cast<int64_t>(precision);
    Tensor output = at::empty_strided({x.size(0), bias.size(0)}, {bias.size(0) + kRowPadding, 1}, x.options());
    output.copy_(bias.expand_as(output));
    multiply_all(matrix_view(x), PackedMatrix(matrix_view(weight).transposed(), precision), output, Into::kAdd);
    return output;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const auto saved = ctx->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], grad = grads[0].contiguous();
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    Tensor grad_x, grad_weight, grad_bias;
    if (ctx->needs_input_grad(0)) {
      grad_x = at::empty_like(x);
      multiply_all(matrix_view(grad), PackedMatrix(matrix_view(weight), precision), grad_x, Into::kReplace);
    }
    if (ctx->needs_input_grad(1)) {
      grad_weight = at::zeros_like(weight);
      add_outer(matrix_view(grad), matrix_view(x), precision, grad_weight);
    }
    if (ctx->needs_input_grad(2)) grad_bias = grad.sum(0);
    return {grad_x, grad_weight, grad_bias, Tensor()};
  }
};

}  // namespace

Tensor packed_linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Precision precision) {
  return LinearFunction::apply(x, weight, bias, precision);
}

}  // namespace seq::nn

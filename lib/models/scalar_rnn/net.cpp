// The scalar linear RNN's module, and its states as one node of the autograd graph.
// B = batch, T = time
#include "models/scalar_rnn/net.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

namespace seq {
namespace scalar_rnn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// (U, W, inputs [B, T]) to s_T [B], with gradients through time by hand.
class ScalarStates : public torch::autograd::Function<ScalarStates> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& u, const Tensor& w, const Tensor& inputs) {
    const int64_t batch = inputs.size(0), time = inputs.size(1);
    const Tensor x = inputs.to(at::kDouble).contiguous();             // [B, T]
    const Tensor states = at::zeros({batch, time + 1}, x.options());  // s_0 … s_T [B, T+1]
    const double u_value = u.item<double>(), w_value = w.item<double>();
    for (int64_t b = 0; b < batch; ++b) {
      const double* x_t = x.const_data_ptr<double>() + b * time;
      double* s_t = states.mutable_data_ptr<double>() + b * (time + 1);
      for (int64_t t = 0; t < time; ++t, ++s_t) s_t[1] = x_t[t] * u_value + s_t[0] * w_value;
    }
    context->save_for_backward({u, w, x, states});
    return states.select(1, time).to(u.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
  }

  /// With g_T = ∂loss/∂s_T and g_{t-1} = g_t W:  ∂loss/∂U = Σ_t g_t x_t,  ∂loss/∂W = Σ_t g_t s_{t-1}.
  static variable_list backward(AutogradContext* context, const variable_list& output_gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &u = saved[0], &x = saved[2], &states = saved[3];
    const double w = saved[1].item<double>();
    const int64_t batch = x.size(0), time = x.size(1);
    const Tensor end_gradient = output_gradients[0].to(at::kDouble).contiguous();  // [B]
    double d_u = 0, d_w = 0;
    for (int64_t b = 0; b < batch; ++b) {
      const double* x_t = x.const_data_ptr<double>() + b * time;
      const double* s_t = states.const_data_ptr<double>() + b * (time + 1);
      double g = end_gradient.const_data_ptr<double>()[b];
      for (int64_t t = time - 1; t >= 0; --t, g *= w) {
        d_u += g * x_t[t];
        d_w += g * s_t[t];  // s_{t-1} of the equation: states begin with s_0
      }
    }
    return {at::full({1}, d_u, u.options()), at::full({1}, d_w, u.options()), Tensor()};
  }
};

}  // namespace
}  // namespace scalar_rnn

ScalarRnnImpl::ScalarRnnImpl(const ScalarRnnOptions& options)
    : options_(options),
      u_(register_parameter("u", at::full({1}, options.u, at::kDouble))),
      w_(register_parameter("w", at::full({1}, options.w, at::kDouble))) {}

Tensor ScalarRnnImpl::forward(const Tensor& inputs) {
  if (options_.gradient == "hand" && u_.is_cpu()) return scalar_rnn::ScalarStates::apply(u_, w_, inputs);
  Tensor s = at::zeros({inputs.size(0)}, u_.options());
  for (int64_t t = 0; t < inputs.size(1); ++t) s = inputs.select(1, t).to(u_.scalar_type()) * u_ + s * w_;
  return s;
}

nn::Loss ScalarRnnImpl::loss(const Tensor& inputs, const Tensor& targets) {
  const Tensor predictions = forward(inputs);
  return nn::squared_error(predictions, targets.to(predictions.scalar_type()));
}

}  // namespace seq

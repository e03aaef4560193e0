// The feed-forward network.
// B = batch, C = input columns, O = output units
#include "models/feedforward/net.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_lstsq.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/initialise.h"

namespace seq {
namespace feedforward {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// a b, by adding to zeros: MKL takes half as long again for a product that overwrites what is there.
Tensor product(const Tensor& a, const Tensor& b) {
  return at::zeros({a.size(0), b.size(1)}, a.options()).addmm_(a, b);
}

/// x W' + b, as at::linear, with the faster products on the way back. x [B, in], W [out, in], b [out]
class Dense : public torch::autograd::Function<Dense> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias) {
    context->save_for_backward({x, weight});
    return at::linear(x, weight, bias);
  }

  static variable_list backward(AutogradContext* context, const variable_list& output_gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &d_y = output_gradients[0];  // d_y [B, out]
    return {context->needs_input_grad(0) ? product(d_y, weight) : Tensor(), product(d_y.t(), x), d_y.sum(0)};
  }
};

}  // namespace
}  // namespace feedforward

FeedforwardImpl::FeedforwardImpl(const FeedforwardOptions& options, int64_t inputs, int64_t outputs,
                                 at::Generator generator)
    : options_(options) {
  std::vector<int64_t> sizes = {inputs * options.powers};
  sizes.insert(sizes.end(), options.hidden.begin(), options.hidden.end());
  sizes.push_back(outputs);
  for (size_t layer = 0; layer + 1 < sizes.size(); ++layer) {
    const bool hidden = layer < options.hidden.size();
    const std::string number = std::to_string(layer + 1);
    weights_.push_back(register_parameter("weight_" + number, at::empty({sizes[layer + 1], sizes[layer]})));
    biases_.push_back(register_parameter("bias_" + number, at::empty({sizes[layer + 1]})));
    if (hidden && options.batch_norm)
      norms_.push_back(register_module("norm_" + number, nn::BatchNorm(sizes[layer + 1])));
    activations_.push_back(register_module("activation_" + number,
                                           nn::Activation(hidden ? options.activation : options.output_activation)));
  }
  nn::initialise(*this, options.init == "least_squares" ? "zeros" : options.init, std::move(generator),
                 options.init_deviation);
}

Tensor FeedforwardImpl::expanded(const Tensor& x) const {  // x [B, C]
  if (options_.powers == 1) return x;
  std::vector<Tensor> powers = {x};
  while (static_cast<int64_t>(powers.size()) < options_.powers) powers.push_back(powers.back() * x);
  return at::cat(powers, 1);  // [B, C powers]
}

Tensor FeedforwardImpl::forward(const Tensor& x) {  // x [B, C]
  Tensor h = expanded(x);
  for (size_t layer = 0; layer < weights_.size(); ++layer) {
    h = feedforward::Dense::apply(h, weights_[layer], biases_[layer]);  // [B, out]
    if (layer < norms_.size()) h = norms_[layer](h);
    h = activations_[layer](h);
    if (layer < options_.hidden.size() && options_.dropout > 0) h = at::dropout(h, options_.dropout, is_training());
  }
  return h;  // [B, O]
}

void FeedforwardImpl::solve(const Tensor& x, const Tensor& targets) {  // x [R, C], targets [R]
  const at::NoGradGuard no_gradients;
  const Tensor design = at::cat({expanded(x), at::ones({x.size(0), 1}, x.options())}, 1);  // the last is the bias's
  // By singular values, so that more columns than rows, or equal columns, have an answer too: the shortest one.
  const Tensor solution = std::get<0>(at::linalg_lstsq(design, targets.unsqueeze(1), std::nullopt, "gelsd")).squeeze(1);
  weights_[0].copy_(solution.narrow(0, 0, solution.size(0) - 1).unsqueeze(0));
  biases_[0].copy_(solution.narrow(0, solution.size(0) - 1, 1));
}

}  // namespace seq

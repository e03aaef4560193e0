// The from-scratch RNN's module, and its window as one node of the autograd graph.
// B = batch, T = time, H = hidden, V = vocabulary; H' and V' = the same rounded up to whole vectors
#include "models/scratch_rnn/net.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <optional>
#include <span>

#include "models/scratch_rnn/kernel.h"

namespace seq {
namespace scratch_rnn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The order of the node's inputs.
enum Input { kWeightXh, kWeightHh, kBiasH, kWeightHy, kBiasY, kStart, kIds, kTargets, kMask, kInputs };

/// The arrays behind dense inputs, states [B, T+1, H'] and probabilities [B, T, V'].
template <class Real>
Windows<Real> windows_of(const variable_list& inputs, const Tensor& states, const Tensor& probabilities) {
  const auto data = [&](Input which) { return inputs[which].const_data_ptr<Real>(); };
  return {.sizes = {inputs[kIds].size(0), inputs[kIds].size(1), inputs[kWeightHh].size(0), inputs[kBiasY].size(0)},
          .parameters = {data(kWeightXh), data(kWeightHh), data(kBiasH), data(kWeightHy), data(kBiasY), data(kStart)},
          .ids = inputs[kIds].const_data_ptr<int64_t>(),
          .targets = inputs[kTargets].const_data_ptr<int64_t>(),
          .mask = inputs[kMask].defined() ? data(kMask) : nullptr,
          .states = states.mutable_data_ptr<Real>(),
          .probabilities = probabilities.mutable_data_ptr<Real>()};
}

template <class Real>
variable_list gradients_of(const variable_list& saved, double loss_gradient, const Tensor& end_gradient) {
  variable_list out(kInputs);
  for (size_t i = 0; i <= kStart; ++i) out[i] = at::empty_like(saved[i]);
  const auto data = [&](Input which) { return out[which].mutable_data_ptr<Real>(); };
  backward<Real>(windows_of<Real>(saved, saved[kInputs], saved[kInputs + 1]), static_cast<Real>(loss_gradient),
                 end_gradient.defined() ? end_gradient.const_data_ptr<Real>() : nullptr,
                 {data(kWeightXh), data(kWeightHh), data(kBiasH), data(kWeightHy), data(kBiasY), data(kStart)});
  return out;
}

/// (parameters, h_0, ids, targets, mask) to (loss, h_T), with gradients through time by hand.
class WindowFunction : public torch::autograd::Function<WindowFunction> {
 public:
  static variable_list forward(AutogradContext* context, const Tensor& weight_xh, const Tensor& weight_hh,
                               const Tensor& bias_h, const Tensor& weight_hy, const Tensor& bias_y, const Tensor& start,
                               const Tensor& ids, const Tensor& targets, const std::optional<Tensor>& mask) {
    variable_list saved = {
        weight_xh, weight_hh, bias_h, weight_hy, bias_y, start, ids, targets, mask.value_or(Tensor())};
    for (Tensor& tensor : saved)
      if (tensor.defined()) tensor = tensor.contiguous();
    const int64_t batch = ids.size(0), time = ids.size(1), hidden = bias_h.size(0);
    const Sizes sizes{batch, time, hidden, bias_y.size(0)};
    Tensor states = at::empty({batch, time + 1, sizes.padded_hidden()}, bias_h.options());         // [B, T+1, H']
    Tensor probabilities = at::empty({batch, time, sizes.padded_vocabulary()}, bias_h.options());  // [B, T, V']
    const double loss = bias_h.scalar_type() == at::kFloat
                            ? scratch_rnn::forward(windows_of<float>(saved, states, probabilities))
                            : scratch_rnn::forward(windows_of<double>(saved, states, probabilities));
    const Tensor end = states.select(1, time).slice(1, 0, hidden).clone();  // h_T [B, H]
    saved.insert(saved.end(), {std::move(states), std::move(probabilities)});
    context->save_for_backward(std::move(saved));
    context->set_materialize_grads(false);
    return {at::scalar_tensor(loss, bias_h.options()), end};
  }

  static variable_list backward(AutogradContext* context, const variable_list& output_gradients) {
    const variable_list saved = context->get_saved_variables();
    const double loss_gradient = output_gradients[0].defined() ? output_gradients[0].item<double>() : 0.0;
    const Tensor end_gradient = output_gradients[1].defined() ? output_gradients[1].contiguous() : Tensor();
    return saved[kBiasH].scalar_type() == at::kFloat ? gradients_of<float>(saved, loss_gradient, end_gradient)
                                                     : gradients_of<double>(saved, loss_gradient, end_gradient);
  }
};

/// The kernel indexes by ids without looking.
void require_in_vocabulary(const Tensor& ids, int64_t size) {
  const Tensor dense = ids.contiguous();
  const std::span<const int64_t> all(dense.const_data_ptr<int64_t>(), static_cast<size_t>(dense.numel()));
  TORCH_CHECK(std::all_of(all.begin(), all.end(), [=](int64_t id) { return id >= 0 && id < size; }),
              "an id is outside the vocabulary of ", size);
}

}  // namespace
}  // namespace scratch_rnn

ScratchRnnImpl::ScratchRnnImpl(const ScratchRnnOptions& options, int64_t vocabulary_size, at::Generator generator)
    : options_(options) {
  const int64_t hidden = options.hidden_size;
  const auto normal = [&](int64_t rows, int64_t columns) {
    return at::empty({rows, columns}, at::kFloat).normal_(0, options.init_std, generator);
  };
  weight_xh_ = register_parameter("weight_xh", normal(hidden, vocabulary_size));
  weight_hh_ = register_parameter("weight_hh", normal(hidden, hidden));
  bias_h_ = register_parameter("bias_h", at::zeros({hidden}, at::kFloat));
  weight_hy_ = register_parameter("weight_hy", normal(vocabulary_size, hidden));
  bias_y_ = register_parameter("bias_y", at::zeros({vocabulary_size}, at::kFloat));
}

Tensor ScratchRnnImpl::start(const Tensor& ids, const nn::State& past) const {
  return past.empty() ? at::zeros({ids.size(0), options_.hidden_size}, bias_h_.options()) : past[0];  // [B, H]
}

std::pair<Tensor, nn::State> ScratchRnnImpl::forward(const Tensor& ids, const nn::State& past) {
  const Tensor input = at::embedding(weight_xh_.t(), ids) + bias_h_;  // columns of W_xh: [B, T, H]
  Tensor h = start(ids, past);                                        // [B, H]
  std::vector<Tensor> states;
  for (int64_t t = 0; t < ids.size(1); ++t) {
    h = (input.select(1, t) + at::linear(h, weight_hh_)).tanh();
    states.push_back(h);
  }
  return {at::linear(at::stack(states, 1), weight_hy_, bias_y_), {h}};  // [B, T, V]
}

nn::Loss ScratchRnnImpl::loss(const Tensor& ids, const Tensor& targets, const Tensor& mask, nn::State& carried) {
  if (options_.gradient == "autograd" || !bias_h_.is_cpu()) {
    const auto [logits, state] = forward(ids, carried);
    carried = nn::detach(state);
    return nn::cross_entropy(logits, targets, mask);
  }
  scratch_rnn::require_in_vocabulary(ids, bias_y_.size(0));
  scratch_rnn::require_in_vocabulary(targets, bias_y_.size(0));
  std::optional<Tensor> counted;  // [B, T]
  if (mask.defined()) counted = mask.ne(0).to(bias_h_.scalar_type());
  const auto outputs = scratch_rnn::WindowFunction::apply(weight_xh_, weight_hh_, bias_h_, weight_hy_, bias_y_,
                                                          start(ids, carried), ids, targets, counted);
  carried = {outputs[1].detach()};
  return {outputs[0], counted ? counted->sum().item<int64_t>() : ids.numel()};
}

}  // namespace seq

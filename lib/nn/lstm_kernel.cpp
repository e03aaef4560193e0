// The LSTM layer as an autograd function.
//
// T = time, B = batch, N = rows of packed steps, D = directions, I = input size, H = hidden, V = vocabulary
#include "nn/lstm_kernel.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <initializer_list>

#include "nn/lstm_recurrence.h"
#include "nn/packed_linear.h"

namespace seq::nn {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Inputs: x [N, I], w_ih [D, 4H, I] and the bias [D, 4H]; or a table [V, D, 4H] in place of x, and ids [N].
/// Autograd wants every tensor defined, so those that are absent are empty.
struct LstmFunction : torch::autograd::Function<LstmFunction> {
  static variable_list forward(AutogradContext* ctx, const Tensor& x, const Tensor& w_ih, const Tensor& bias,
                               const Tensor& ids, const Tensor& w_hh, const Tensor& h0, const Tensor& c0,
                               const PackedSteps& steps, Precision precision) {
    const LstmTrace trace = run_lstm(steps, {x, ids}, {w_ih, bias, w_hh}, h0, c0, precision, true);
    ctx->save_for_backward({x, w_ih, bias, ids, w_hh, trace.gates, trace.h, trace.c});
    ctx->saved_data["precision"] = static_cast<int64_t>(precision);
    ctx->saved_data["lengths"] = steps.lengths();
    return {trace.y, trace.last_h(steps.batch()).clone(), trace.last_c(steps.batch()).clone()};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grad_outputs) {
    const auto saved = ctx->get_saved_variables();
    const LstmInput input{saved[0], saved[3]};
    const LstmWeights weights{saved[1], saved[2], saved[4]};
    const LstmTrace trace{saved[5], saved[6], saved[7], {}};
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    const PackedSteps steps(ctx->saved_data["lengths"].toIntVector());
    const auto or_zeros = [&](const Tensor& grad) {
      return grad.defined() ? grad.clone(at::MemoryFormat::Contiguous)
                            : at::zeros({trace.h.size(0), steps.batch(), trace.h.size(2)}, trace.h.options());
    };
    LstmGradients grads{{}, {}, or_zeros(grad_outputs[1]), or_zeros(grad_outputs[2])};
    run_lstm_backward(steps, input, weights, trace, grad_outputs[0].defined() ? grad_outputs[0].contiguous() : Tensor(),
                      precision, grads);
    const bool table = input.looked_up();
    const LstmProductGradients product =
        lstm_product_gradients(input, weights, trace, grads, precision, !table && ctx->needs_input_grad(0),
                               !table && ctx->needs_input_grad(1), ctx->needs_input_grad(4));
    return {table ? grads.input : product.x,
            product.w_ih,
            table ? Tensor() : grads.input,
            Tensor(),
            product.w_hh,
            grads.h,
            grads.c,
            Tensor(),
            Tensor()};
  }
};

bool wants_gradient(std::initializer_list<Tensor> tensors) {
  return at::GradMode::is_enabled() &&
         std::any_of(tensors.begin(), tensors.end(), [](const Tensor& tensor) { return tensor.requires_grad(); });
}

struct Outputs {
  Tensor y;     // [N, D, H]
  Tensor h, c;  // [D, B, H]
};

Outputs run(const LstmInput& input, const LstmWeights& weights, const Tensor& h0, const Tensor& c0,
            const PackedSteps& steps, Precision precision) {
  const LstmInput in{input.looked_up() ? input.x : input.x.contiguous(), input.ids.contiguous()};
  const LstmWeights w{weights.w_ih.contiguous(), weights.bias.contiguous(), weights.w_hh.contiguous()};
  if (!wants_gradient({in.x, w.w_ih, w.bias, w.w_hh, h0, c0})) {
    const LstmTrace trace = run_lstm(steps, in, w, h0.contiguous(), c0.contiguous(), precision, false);
    return {trace.y, trace.last_h(steps.batch()), trace.last_c(steps.batch())};
  }
  auto out =
      LstmFunction::apply(in.x, w.w_ih, w.bias, in.ids, w.w_hh, h0.contiguous(), c0.contiguous(), steps, precision);
  return {out[0], out[1], out[2]};
}

Tensor no_ids() {
  return at::empty({0}, at::kLong);
}

/// The input's product with every row of the embedding: [V, D, 4H].
Tensor product_table(const Tensor& embedding, const LstmWeights& weights, Precision precision) {
  const int64_t columns = weights.w_hh.size(0) * weights.w_hh.size(1);
  return packed_linear(embedding.contiguous(), weights.w_ih.reshape({columns, -1}).contiguous(),
                       weights.bias.reshape({columns}).contiguous(), precision)
      .view({embedding.size(0), weights.w_hh.size(0), weights.w_hh.size(1)});
}

/// The same layer over a table: what is not read is empty.
LstmWeights without_product(const LstmWeights& weights) {
  const Tensor none = at::empty({0}, weights.w_hh.options().requires_grad(false));
  return {none, none, weights.w_hh};
}

void check_float(const Tensor& tensor, at::IntArrayRef shape, const char* name) {
  TORCH_CHECK(tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat, name, " must be fp32 on the CPU");
  TORCH_CHECK(tensor.sizes() == shape, name, " has shape ", tensor.sizes(), ", expected ", shape);
}

void check(const LstmLayerWeights& weights, int64_t input_size, Precision precision) {
  TORCH_CHECK(weights.w_hh.dim() == 2, "w_hh must be [4H, H]");
  const int64_t hidden = weights.w_hh.size(1);
  TORCH_CHECK(hidden > 0, "an LSTM layer needs at least one unit");
  TORCH_CHECK(precision == Precision::kFp32 || bf16_available(), "this processor has no bf16 products (AVX512-BF16)");
  check_float(weights.w_ih, {4 * hidden, input_size}, "w_ih");
  check_float(weights.w_hh, {4 * hidden, hidden}, "w_hh");
  check_float(weights.b_ih, {4 * hidden}, "b_ih");
  check_float(weights.b_hh, {4 * hidden}, "b_hh");
}

/// Checks all but the input itself; `leading` is [T, B, ...].
void check(const Tensor& leading, int64_t input_size, const LstmLayerState& past, const LstmLayerWeights& weights,
           Precision precision) {
  TORCH_CHECK(leading.numel() > 0, "an LSTM layer needs at least one step and one row");
  check(weights, input_size, precision);
  const int64_t hidden = weights.w_hh.size(1), batch = leading.size(1);
  check_float(past.h, {batch, hidden}, "h");
  check_float(past.c, {batch, hidden}, "c");
}

void check_ids(const Tensor& ids, const Tensor& embedding) {
  TORCH_CHECK(ids.scalar_type() == at::kLong, "ids must be int64");
  TORCH_CHECK(embedding.dim() == 2, "embedding must be [V, E]");
  check_float(embedding, embedding.sizes(), "embedding");
  TORCH_CHECK(ids.numel() > 0 && ids.min().item<int64_t>() >= 0 && ids.max().item<int64_t>() < embedding.size(0),
              "an id lies outside of the vocabulary of ", embedding.size(0));
}

/// The weights of all directions as one: D stays 1 without a copy.
LstmWeights stack(const std::vector<LstmLayerWeights>& directions, int64_t input_size, Precision precision) {
  TORCH_CHECK(directions.size() == 1 || directions.size() == 2, "an LSTM layer has one direction or two");
  std::vector<Tensor> w_ih, bias, w_hh;
  for (const LstmLayerWeights& one : directions) {
    check(one, input_size, precision);
    w_ih.push_back(one.w_ih);
    bias.push_back(one.b_ih + one.b_hh);
    w_hh.push_back(one.w_hh);
  }
  const auto stacked = [](const std::vector<Tensor>& parts) {
    return parts.size() == 1 ? parts[0].unsqueeze(0) : at::stack(parts);
  };
  return {stacked(w_ih), stacked(bias), stacked(w_hh)};
}

/// One direction over a window of equal length.
LstmLayerOutput run_window(const LstmInput& input, const LstmWeights& weights, const LstmLayerState& past,
                           const PackedSteps& steps, Precision precision) {
  const Outputs out = run(input, weights, past.h.unsqueeze(0), past.c.unsqueeze(0), steps, precision);
  return {out.y.view({steps.time(), steps.batch(), -1}), out.h[0], out.c[0]};
}

/// All directions from states of zero.
Tensor run_packed(const LstmInput& input, const LstmWeights& weights, const PackedSteps& steps, Precision precision) {
  const Tensor zeros = at::zeros({weights.w_hh.size(0), steps.batch(), weights.w_hh.size(2)},
                                 weights.w_hh.options().requires_grad(false));
  return run(input, weights, zeros, zeros, steps, precision).y.view({steps.rows(), -1});
}

}  // namespace

LstmLayerOutput lstm_layer(const Tensor& x, const LstmLayerState& past, const LstmLayerWeights& weights,
                           Precision precision) {
  TORCH_CHECK(x.dim() == 3, "x must be [T, B, I]");
  check_float(x, x.sizes(), "x");
  check(x, x.size(2), past, weights, precision);
  const PackedSteps steps = PackedSteps::equal(x.size(0), x.size(1));
  return run_window({x.reshape({steps.rows(), x.size(2)}), no_ids()}, stack({weights}, x.size(2), precision), past,
                    steps, precision);
}

LstmLayerOutput lstm_layer(const Tensor& ids, const Tensor& embedding, const LstmLayerState& past,
                           const LstmLayerWeights& weights, Precision precision) {
  TORCH_CHECK(ids.dim() == 2, "ids must be [T, B]");
  check_ids(ids, embedding);
  check(ids, embedding.size(1), past, weights, precision);
  const LstmWeights stacked = stack({weights}, embedding.size(1), precision);
  return run_window({product_table(embedding, stacked, precision), ids.reshape(-1)}, without_product(stacked), past,
                    PackedSteps::equal(ids.size(0), ids.size(1)), precision);
}

Tensor packed_lstm_layer(const Tensor& x, const PackedSteps& steps, const std::vector<LstmLayerWeights>& directions,
                         Precision precision) {
  TORCH_CHECK(x.dim() == 2, "x must be [N, I]");
  check_float(x, {steps.rows(), x.size(1)}, "x");
  return run_packed({x, no_ids()}, stack(directions, x.size(1), precision), steps, precision);
}

Tensor packed_lstm_layer(const Tensor& ids, const Tensor& embedding, const PackedSteps& steps,
                         const std::vector<LstmLayerWeights>& directions, Precision precision) {
  TORCH_CHECK(ids.dim() == 1 && ids.numel() == steps.rows(), "ids must be [N]");
  check_ids(ids, embedding);
  const LstmWeights weights = stack(directions, embedding.size(1), precision);
  const auto [distinct, places, counts] = at::_unique2(ids, /*sorted=*/true, /*return_inverse=*/true);
  return run_packed({product_table(at::embedding(embedding, distinct), weights, precision), places},
                    without_product(weights), steps, precision);
}

}  // namespace seq::nn

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

/// The weights of all directions in PyTorch's layout.
struct LstmWeights {
  Tensor w_ih;  // [D, 4H, I]; empty where a table holds the input's product
  Tensor bias;  // [D, 4H]
  Tensor w_hh;  // [D, 4H, H]
};

/// Inputs: x [N, I], w_ih [D, 4H, I] and biases [1, D, 4H'] by units; or a table [V, D, 4H'] in place of the biases,
/// and ids [N]. Autograd wants every tensor defined, so those that are absent are empty.
struct LstmFunction : torch::autograd::Function<LstmFunction> {
  static variable_list forward(AutogradContext* ctx, const Tensor& x, const Tensor& w_ih, const Tensor& added,
                               const Tensor& ids, const Tensor& w_hh, const Tensor& h0, const Tensor& c0,
                               const PackedSteps& steps, Precision precision) {
    const LstmTrace trace =
        run_lstm(steps, input_of(x, added, ids), pack_lstm(w_ih, w_hh, precision), h0, c0, LstmKeep::kTrace);
    ctx->save_for_backward({x, w_ih, added, ids, w_hh, trace.gates, trace.h, trace.c});
    ctx->saved_data["precision"] = static_cast<int64_t>(precision);
    ctx->saved_data["lengths"] = steps.lengths();
    return {trace.y, trace.last_h(steps.batch()).clone(), trace.last_c(steps.batch()).clone()};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grad_outputs) {
    const auto saved = ctx->get_saved_variables();
    const Tensor& w_hh = saved[4];
    const LstmTrace trace{saved[5], saved[6], saved[7], {}, {}};
    const auto precision = static_cast<Precision>(ctx->saved_data["precision"].toInt());
    const PackedSteps steps(ctx->saved_data["lengths"].toIntVector());
    const auto or_zeros = [&](const Tensor& grad) {
      return grad.defined() ? grad.clone(at::MemoryFormat::Contiguous)
                            : at::zeros({trace.h.size(0), steps.batch(), trace.h.size(2)}, trace.h.options());
    };
    LstmGradients grads{{}, {}, or_zeros(grad_outputs[1]), or_zeros(grad_outputs[2])};
    run_lstm_backward(steps, input_of(saved[0], saved[2], saved[3]), w_hh, trace,
                      grad_outputs[0].defined() ? grad_outputs[0].contiguous() : Tensor(), precision, grads);
    const bool table = saved[3].numel() > 0;
    const LstmProductGradients product =
        lstm_product_gradients({saved[0], saved[1], w_hh, !table && ctx->needs_input_grad(0),
                                !table && ctx->needs_input_grad(1), ctx->needs_input_grad(4)},
                               trace, grads, precision);
    return {product.x, product.w_ih, grads.added, Tensor(), product.w_hh, grads.h, grads.c, Tensor(), Tensor()};
  }

  static LstmInput input_of(const Tensor& x, const Tensor& added, const Tensor& ids) {
    const bool table = ids.numel() > 0;
    return {table ? Tensor() : x, {}, added, table ? ids : Tensor()};
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

/// What differs between a layer over x and one over a table.
struct Operands {
  Tensor x, w_ih, added, ids;  // see LstmFunction
};

Outputs run(const Operands& in, const Tensor& weights, const Tensor& h, const Tensor& c, const PackedSteps& steps,
            Precision precision) {
  const Tensor x = in.x.contiguous(), w_ih = in.w_ih.contiguous(), ids = in.ids.contiguous();
  const Tensor w_hh = weights.contiguous(), h0 = h.contiguous(), c0 = c.contiguous();
  if (!wants_gradient({x, w_ih, in.added, w_hh, h0, c0})) {
    const LstmTrace trace = run_lstm(steps, LstmFunction::input_of(x, in.added, ids), pack_lstm(w_ih, w_hh, precision),
                                     h0, c0, LstmKeep::kOutput);
    return {trace.y, trace.last_h(steps.batch()), trace.last_c(steps.batch())};
  }
  auto out = LstmFunction::apply(x, w_ih, in.added, ids, w_hh, h0, c0, steps, precision);
  return {out[0], out[1], out[2]};
}

Operands over_x(const Tensor& x, const LstmWeights& weights) {  // [N, I]
  return {x, weights.w_ih, by_units(weights.bias).unsqueeze(0), at::empty({0}, at::kLong)};
}

/// The input's product is made once for every row of the embedding [V, E].
Operands over_table(const Tensor& embedding, const Tensor& ids, const LstmWeights& weights, Precision precision) {
  const Tensor w_ih = by_units(weights.w_ih), bias = by_units(weights.bias), none = at::empty({0}, bias.options());
  const Tensor table =
      packed_linear(embedding.contiguous(), w_ih.flatten(0, 1).contiguous(), bias.flatten(), precision);
  return {none, none, table.view({embedding.size(0), bias.size(0), bias.size(1)}), ids};
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
LstmLayerOutput run_window(const Operands& input, const LstmWeights& weights, const LstmLayerState& past,
                           const PackedSteps& steps, Precision precision) {
  const Outputs out = run(input, weights.w_hh, past.h.unsqueeze(0), past.c.unsqueeze(0), steps, precision);
  return {out.y.view({steps.time(), steps.batch(), -1}), out.h[0], out.c[0]};
}

/// All directions from states of zero.
Tensor run_packed(const Operands& input, const LstmWeights& weights, const PackedSteps& steps, Precision precision) {
  const Tensor zeros = at::zeros({weights.w_hh.size(0), steps.batch(), weights.w_hh.size(2)},
                                 weights.w_hh.options().requires_grad(false));
  return run(input, weights.w_hh, zeros, zeros, steps, precision).y.view({steps.rows(), -1});
}

}  // namespace

LstmLayerOutput lstm_layer(const Tensor& x, const LstmLayerState& past, const LstmLayerWeights& weights,
                           Precision precision) {
  TORCH_CHECK(x.dim() == 3, "x must be [T, B, I]");
  check_float(x, x.sizes(), "x");
  check(x, x.size(2), past, weights, precision);
  const PackedSteps steps = PackedSteps::equal(x.size(0), x.size(1));
  const LstmWeights stacked = stack({weights}, x.size(2), precision);
  return run_window(over_x(x.reshape({steps.rows(), x.size(2)}), stacked), stacked, past, steps, precision);
}

LstmLayerOutput lstm_layer(const Tensor& ids, const Tensor& embedding, const LstmLayerState& past,
                           const LstmLayerWeights& weights, Precision precision) {
  TORCH_CHECK(ids.dim() == 2, "ids must be [T, B]");
  check_ids(ids, embedding);
  check(ids, embedding.size(1), past, weights, precision);
  const LstmWeights stacked = stack({weights}, embedding.size(1), precision);
  return run_window(over_table(embedding, ids.reshape(-1), stacked, precision), stacked, past,
                    PackedSteps::equal(ids.size(0), ids.size(1)), precision);
}

Tensor packed_lstm_layer(const Tensor& x, const PackedSteps& steps, const std::vector<LstmLayerWeights>& directions,
                         Precision precision) {
  TORCH_CHECK(x.dim() == 2, "x must be [N, I]");
  check_float(x, {steps.rows(), x.size(1)}, "x");
  const LstmWeights weights = stack(directions, x.size(1), precision);
  return run_packed(over_x(x, weights), weights, steps, precision);
}

Tensor packed_lstm_layer(const Tensor& ids, const Tensor& embedding, const PackedSteps& steps,
                         const std::vector<LstmLayerWeights>& directions, Precision precision) {
  TORCH_CHECK(ids.dim() == 1 && ids.numel() == steps.rows(), "ids must be [N]");
  check_ids(ids, embedding);
  const LstmWeights weights = stack(directions, embedding.size(1), precision);
  const auto [distinct, places, counts] = at::_unique2(ids, /*sorted=*/true, /*return_inverse=*/true);
  return run_packed(over_table(at::embedding(embedding, distinct), places, weights, precision), weights, steps,
                    precision);
}

}  // namespace seq::nn

// Stacked recurrent layers: the clear path, which every fused kernel is checked against.
// B = batch, T = time, I = input, H = hidden, L = layers, G = gates (1, 4 or 3)
#include "nn/recurrent.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "base/error.h"
#include "nn/lstm_kernel.h"

namespace seq::nn {
namespace {

/// A layer's view of its parameters, by their names in torch.nn.
struct CellWeights {
  explicit CellWeights(const std::vector<Tensor>& all)
      : input(all[0]), hidden(all[1]), input_bias(all[2]), hidden_bias(all[3]) {}

  const Tensor& input;        // [G H, I]
  const Tensor& hidden;       // [G H, H]
  const Tensor& input_bias;   // [G H]
  const Tensor& hidden_bias;  // [G H]
};

/// Products with one matrix, at the precision asked for; sums and states keep the type of x.
class Product {
 public:
  Product(const Tensor& weight, const RecurrentOptions& options)
      : half_(options.precision == "bf16"), weight_(half_ ? weight.to(at::kBFloat16) : weight) {}

  Tensor operator()(const Tensor& x) const {  // [..., I] -> [..., G H]
    return half_ ? at::linear(x.to(at::kBFloat16), weight_).to(x.scalar_type()) : at::linear(x, weight_);
  }

 private:
  bool half_;
  Tensor weight_;  // [G H, I]
};

/// Where LibTorch's own layer computes something else than was asked for, a loop over time does it.
bool needs_loop(const RecurrentOptions& options) {
  return options.peepholes || options.precision == "bf16";
}

/// Whether the fused kernel computes what was asked for.
bool has_kernel(const Tensor& x, const RecurrentOptions& options) {
  if (!options.fast || options.cell != "lstm" || options.peepholes) return false;
  if (!x.device().is_cpu() || x.scalar_type() != at::kFloat || x.numel() == 0) return false;
  return options.precision == "fp32" || (options.precision == "bf16" && bf16_available());
}

Precision kernel_precision(const RecurrentOptions& options) {
  return options.precision == "bf16" ? Precision::kBf16 : Precision::kFp32;
}

/// The kernel's view of a layer's state, and back.
LstmLayerState layer_state(const State& state) {
  return {state[0][0], state[1][0]};
}
State stack_state(const LstmLayerOutput& output) {
  return {output.h.unsqueeze(0), output.c.unsqueeze(0)};
}

/// h_t = cell(inputs[t], h_{t-1}) for cells whose whole state is h. inputs [T, B, G H] -> y [T, B, H].
template <class Cell>
Tensor loop_over_time(const Tensor& inputs, State& state, const Cell& cell) {
  std::vector<Tensor> outputs;
  Tensor h = state[0][0];  // [B, H]
  for (const Tensor& input : inputs.unbind(0)) {
    h = cell(input, h);
    outputs.push_back(h);
  }
  state = {h.unsqueeze(0)};
  return at::stack(outputs);
}

/// Inside a layer everything is time-major. x [T, B, I], state [1, B, H] each -> y [T, B, H]; the state is replaced.
Tensor rnn_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (!needs_loop(options)) {
    auto [y, h] = at::rnn_tanh(x, state[0], weights, true, 1, 0.0, true, false, false);
    state = {h};
    return y;
  }
  const CellWeights w(weights);
  const Product recurrent(w.hidden, options);
  const Tensor inputs = Product(w.input, options)(x) + w.input_bias + w.hidden_bias;  // [T, B, H]
  return loop_over_time(inputs, state, [&](const Tensor& input, const Tensor& h) {
    return at::tanh(input + recurrent(h));  // [B, H]
  });
}

Tensor gru_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (!needs_loop(options)) {
    auto [y, h] = at::gru(x, state[0], weights, true, 1, 0.0, true, false, false);
    state = {h};
    return y;
  }
  const CellWeights w(weights);
  const Product recurrent(w.hidden, options);
  const Tensor inputs = Product(w.input, options)(x) + w.input_bias;  // [T, B, 3H]
  return loop_over_time(inputs, state, [&](const Tensor& input, const Tensor& h) {
    const std::vector<Tensor> a = input.chunk(3, 1);                           // r z n: [B, H] each
    const std::vector<Tensor> u = (recurrent(h) + w.hidden_bias).chunk(3, 1);  // likewise
    const Tensor r = at::sigmoid(a[0] + u[0]);
    const Tensor z = at::sigmoid(a[1] + u[1]);
    const Tensor n = at::tanh(a[2] + r * u[2]);
    return (1 - z) * n + z * h;
  });
}

Tensor lstm_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (has_kernel(x, options)) {
    const LstmLayerOutput output =
        lstm_layer(x, layer_state(state), {weights[0], weights[1], weights[2], weights[3]}, kernel_precision(options));
    state = stack_state(output);
    return output.y;
  }
  if (!needs_loop(options)) {
    auto [y, h, c] = at::lstm(x, state, weights, true, 1, 0.0, true, false, false);
    state = {h, c};
    return y;
  }
  const CellWeights w(weights);
  const Product recurrent(w.hidden, options);
  std::vector<Tensor> outputs;
  Tensor h = state[0][0];                                                             // [B, H]
  Tensor c = state[1][0];                                                             // [B, H]
  const Tensor inputs = Product(w.input, options)(x) + w.input_bias + w.hidden_bias;  // [T, B, 4H]
  for (const Tensor& input : inputs.unbind(0)) {
    std::vector<Tensor> a = (input + recurrent(h)).chunk(4, 1);  // i f g o: [B, H] each
    if (options.peepholes) {                                     // Gers & Schmidhuber 2000, eq. 5 and 6
      a[0] = a[0] + weights[4] * c;
      a[1] = a[1] + weights[5] * c;
    }
    c = at::sigmoid(a[1]) * c + at::sigmoid(a[0]) * at::tanh(a[2]);
    if (options.peepholes) a[3] = a[3] + weights[6] * c;  // eq. 7: the output gate sees the new cell
    h = at::sigmoid(a[3]) * at::tanh(c);
    outputs.push_back(h);
  }
  state = {h.unsqueeze(0), c.unsqueeze(0)};
  return at::stack(outputs);
}

Tensor run_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (options.cell == "lstm") return lstm_layer(x, state, weights, options);
  if (options.cell == "gru") return gru_layer(x, state, weights, options);
  return rnn_layer(x, state, weights, options);
}

int64_t gate_count(const RecurrentOptions& options) {
  if (options.cell == "rnn") return 1;
  if (options.cell == "lstm") return 4;
  if (options.cell == "gru") return 3;
  throw Error("unknown recurrent cell '" + options.cell + "' (rnn, lstm or gru)");
}

size_t state_count(const RecurrentOptions& options) {
  return options.cell == "lstm" ? 2 : 1;
}

}  // namespace

State detach(const State& state) {
  State cut;
  for (const Tensor& tensor : state) cut.push_back(tensor.detach());
  return cut;
}

RecurrentImpl::RecurrentImpl(const RecurrentOptions& options) : options_(options) {
  const int64_t rows = gate_count(options) * options.hidden_size;
  if (options.peepholes && options.cell != "lstm") throw Error("peepholes belong to the lstm cell");
  for (int64_t index = 0; index < options.layers; ++index) {
    const std::string suffix = "_l" + std::to_string(index);
    const int64_t columns = index == 0 ? options.input_size : options.hidden_size;
    std::vector<Tensor>& layer = layers_.emplace_back();
    auto add = [&](const std::string& name, at::IntArrayRef shape) {
      layer.push_back(register_parameter(name + suffix, at::zeros(shape)));
    };
    add("weight_ih", {rows, columns});
    add("weight_hh", {rows, options.hidden_size});
    add("bias_ih", {rows});
    add("bias_hh", {rows});
    if (!options.peepholes) continue;
    for (const char* name : {"weight_ci", "weight_cf", "weight_co"}) add(name, {options.hidden_size});
  }
}

std::pair<Tensor, State> RecurrentImpl::forward(const Tensor& x, const State& past) {  // x [B, T, I]
  TORCH_CHECK(x.dim() == 3 && x.size(2) == options_.input_size, "input of a recurrent stack: ", x.sizes());
  std::vector<State> states = split(past, x.size(0), x.options());
  const Tensor y = run_layer(x.transpose(0, 1), states[0], layer(0), options_);  // [T, B, H]
  return run_upper_layers(y, states);
}

std::pair<Tensor, State> RecurrentImpl::forward_embedded(const Tensor& ids, const Tensor& embedding,
                                                         const State& past) {  // ids [B, T], embedding [V, E]
  const Tensor time_major = ids.t().contiguous();                              // [T, B]
  if (!has_kernel(embedding, options_) || embedding.size(0) >= ids.numel())
    return forward(at::embedding(embedding, time_major).transpose(0, 1), past);
  std::vector<State> states = split(past, ids.size(0), embedding.options());
  const std::vector<Tensor>& w = layer(0);
  const LstmLayerOutput output =
      lstm_layer(time_major, embedding, layer_state(states[0]), {w[0], w[1], w[2], w[3]}, kernel_precision(options_));
  states[0] = stack_state(output);
  return run_upper_layers(output.y, states);
}

std::vector<State> RecurrentImpl::split(const State& past, int64_t batch, const at::TensorOptions& like) const {
  const size_t kinds = state_count(options_);
  const std::vector<int64_t> shape = {options_.layers, batch, options_.hidden_size};
  TORCH_CHECK(past.empty() || past.size() == kinds, "state of ", past.size(), " tensors");
  for (const Tensor& tensor : past) TORCH_CHECK(tensor.sizes() == shape, "state of shape ", tensor.sizes());
  std::vector<State> states(static_cast<size_t>(options_.layers));
  for (int64_t index = 0; index < options_.layers; ++index)
    for (size_t kind = 0; kind < kinds; ++kind)
      states[static_cast<size_t>(index)].push_back(past.empty()
                                                       ? at::zeros({1, shape[1], shape[2]}, like.requires_grad(false))
                                                       : past[kind].narrow(0, index, 1));
  return states;
}

std::pair<Tensor, State> RecurrentImpl::run_upper_layers(Tensor y, std::vector<State>& states) {  // y [T, B, H]
  for (int64_t index = 1; index < options_.layers; ++index) {
    if (options_.dropout > 0) y = at::dropout(y, options_.dropout, is_training());
    y = run_layer(y, states[static_cast<size_t>(index)], layer(index), options_);
  }
  State next;
  for (size_t kind = 0; kind < state_count(options_); ++kind) {
    std::vector<Tensor> parts;
    for (const State& state : states) parts.push_back(state[kind]);
    next.push_back(parts.size() == 1 ? parts[0] : at::cat(parts));
  }
  return {y.transpose(0, 1), next};  // [B, T, H], [L, B, H] each
}

}  // namespace seq::nn

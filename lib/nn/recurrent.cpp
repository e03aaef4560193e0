// Stacked recurrent layers: the clear path, which every fused kernel is checked against.
// B = batch, T = time, I = input, H = hidden, L = layers, G = gates (1, 4 or 3)
#include "nn/recurrent.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
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

/// Inside a layer everything is time-major. x [T, B, I], state [1, B, H] each -> y [T, B, H]; the state is replaced.
Tensor rnn_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (!needs_loop(options)) {
    auto [y, h] = at::rnn_tanh(x, state[0], weights, true, 1, 0.0, true, false, false);
    state = {h};
    return y;
  }
  const CellWeights w(weights);
  const Product recurrent(w.hidden, options);
  std::vector<Tensor> outputs;
  Tensor h = state[0][0];                                                             // [B, H]
  const Tensor inputs = Product(w.input, options)(x) + w.input_bias + w.hidden_bias;  // [T, B, H]
  for (const Tensor& input : inputs.unbind(0)) {
    h = at::tanh(input + recurrent(h));
    outputs.push_back(h);
  }
  state = {h.unsqueeze(0)};
  return at::stack(outputs);
}

Tensor gru_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (!needs_loop(options)) {
    auto [y, h] = at::gru(x, state[0], weights, true, 1, 0.0, true, false, false);
    state = {h};
    return y;
  }
  const CellWeights w(weights);
  const Product recurrent(w.hidden, options);
  std::vector<Tensor> outputs;
  Tensor h = state[0][0];                                             // [B, H]
  const Tensor inputs = Product(w.input, options)(x) + w.input_bias;  // [T, B, 3H]
  for (const Tensor& input : inputs.unbind(0)) {
    const std::vector<Tensor> a = input.chunk(3, 1);                           // r z n: [B, H] each
    const std::vector<Tensor> u = (recurrent(h) + w.hidden_bias).chunk(3, 1);  // likewise
    const Tensor r = at::sigmoid(a[0] + u[0]);
    const Tensor z = at::sigmoid(a[1] + u[1]);
    const Tensor n = at::tanh(a[2] + r * u[2]);
    h = (1 - z) * n + z * h;
    outputs.push_back(h);
  }
  state = {h.unsqueeze(0)};
  return at::stack(outputs);
}

Tensor lstm_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
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
  const size_t kinds = state_count(options_);
  TORCH_CHECK(x.dim() == 3 && x.size(2) == options_.input_size, "input of a recurrent stack: ", x.sizes());
  TORCH_CHECK(past.empty() || past.size() == kinds, "state of ", past.size(), " tensors");
  const std::vector<int64_t> shape = {options_.layers, x.size(0), options_.hidden_size};
  for (const Tensor& tensor : past) TORCH_CHECK(tensor.sizes() == shape, "state of shape ", tensor.sizes());

  Tensor y = x.transpose(0, 1);    // [T, B, I]
  std::vector<State> last(kinds);  // of each layer [1, B, H]
  for (int64_t index = 0; index < options_.layers; ++index) {
    if (index > 0 && options_.dropout > 0) y = at::dropout(y, options_.dropout, is_training());
    State state;
    for (size_t kind = 0; kind < kinds; ++kind) {
      state.push_back(past.empty() ? at::zeros({1, shape[1], shape[2]}, x.options()) : past[kind].narrow(0, index, 1));
    }
    y = run_layer(y, state, layer(index), options_);
    for (size_t kind = 0; kind < kinds; ++kind) last[kind].push_back(state[kind]);
  }
  State next;
  for (const State& tensors : last) next.push_back(tensors.size() == 1 ? tensors[0] : at::cat(tensors));
  return {y.transpose(0, 1), next};  // [B, T, H], [L, B, H] each
}

}  // namespace seq::nn

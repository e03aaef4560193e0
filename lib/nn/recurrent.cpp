// Stacked recurrent layers: fused kernels where there are some, else LibTorch's own layers or a loop over time.
// B = batch, T = time, N = rows of packed steps, I = input, H = hidden, L = layers, D = directions, G = gates
#include "nn/recurrent.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gru.h>
#include <ATen/ops/lstm.h>
#include <ATen/ops/rnn_tanh.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>

#include "base/error.h"
#include "nn/lstm_kernel.h"

namespace seq::nn {
namespace {

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

/// The kernel's view of a layer's state and weights, and back.
LstmLayerState layer_state(const State& state) {
  return {state[0][0], state[1][0]};
}
State stack_state(const LstmLayerOutput& output) {
  return {output.h.unsqueeze(0), output.c.unsqueeze(0)};
}
LstmLayerWeights layer_weights(const std::vector<Tensor>& weights) {
  return {weights[0], weights[1], weights[2], weights[3]};
}
std::vector<LstmLayerWeights> layer_weights(const std::vector<std::vector<Tensor>>& directions) {
  std::vector<LstmLayerWeights> weights;
  for (const auto& one : directions) weights.push_back(layer_weights(one));
  return weights;
}

/// LibTorch's own layer.
Tensor torch_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const std::string& cell) {
  if (cell == "lstm") {
    auto [y, h, c] = at::lstm(x, state, weights, true, 1, 0.0, true, false, false);
    state = {h, c};
    return y;
  }
  auto [y, h] = cell == "gru" ? at::gru(x, state[0], weights, true, 1, 0.0, true, false, false)
                              : at::rnn_tanh(x, state[0], weights, true, 1, 0.0, true, false, false);
  state = {h};
  return y;
}

/// Inside a layer everything is time-major. x [T, B, I], state [1, B, H] each -> y [T, B, H]; the state is replaced.
Tensor run_layer(const Tensor& x, State& state, const std::vector<Tensor>& weights, const RecurrentOptions& options) {
  if (has_kernel(x, options)) {
    const LstmLayerOutput output = lstm_layer(x, layer_state(state), layer_weights(weights), kernel_precision(options));
    state = stack_state(output);
    return output.y;
  }
  if (!needs_loop(options)) return torch_layer(x, state, weights, options.cell);
  const RecurrentCell cell(options.cell, weights, options.precision);
  for (Tensor& tensor : state) tensor = tensor[0];  // [B, H]
  std::vector<Tensor> outputs;
  for (const Tensor& input : cell.input_product(x).unbind(0)) {
    state = cell.step(input, state);
    outputs.push_back(state[0]);
  }
  for (Tensor& tensor : state) tensor = tensor.unsqueeze(0);
  return at::stack(outputs);
}

/// The rows of a state [B, H] for as many sequences; those that begin here begin at zero.
Tensor resized(const Tensor& state, int64_t active) {
  if (active <= state.size(0)) return state.narrow(0, 0, active);
  return at::cat({state, at::zeros({active - state.size(0), state.size(1)}, state.options().requires_grad(false))});
}

/// One direction over packed steps, by a loop. x [N, I] -> y [N, H].
Tensor packed_loop(const Tensor& x, const PackedSteps& steps, bool reverse, const std::vector<Tensor>& weights,
                   const RecurrentOptions& options) {
  const RecurrentCell cell(options.cell, weights, options.precision);
  std::vector<int64_t> sizes;
  for (int64_t t = 0; t < steps.time(); ++t) sizes.push_back(steps.active(t));
  const std::vector<Tensor> inputs = cell.input_product(x).split_with_sizes(sizes);  // [active, G H] each
  std::vector<Tensor> outputs(inputs.size());
  State state(state_count(options.cell), at::zeros({0, options.hidden_size}, x.options().requires_grad(false)));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const size_t t = reverse ? inputs.size() - 1 - i : i;
    for (Tensor& tensor : state) tensor = resized(tensor, sizes[t]);
    state = cell.step(inputs[t], state);
    outputs[t] = state[0];
  }
  return at::cat(outputs);
}

/// x [N, I] -> y [N, D H].
Tensor run_packed_layer(const Tensor& x, const PackedSteps& steps, const std::vector<std::vector<Tensor>>& directions,
                        const RecurrentOptions& options) {
  if (has_kernel(x, options)) return packed_lstm_layer(x, steps, layer_weights(directions), kernel_precision(options));
  std::vector<Tensor> parts;
  for (size_t i = 0; i < directions.size(); ++i) parts.push_back(packed_loop(x, steps, i == 1, directions[i], options));
  return at::cat(parts, 1);
}

}  // namespace

State detach(const State& state) {
  State cut;
  for (const Tensor& tensor : state) cut.push_back(tensor.detach());
  return cut;
}

RecurrentImpl::RecurrentImpl(const RecurrentOptions& options) : options_(options) {
  const int64_t rows = gate_count(options.cell) * options.hidden_size;
  if (options.peepholes && options.cell != "lstm") throw Error("peepholes belong to the lstm cell");
  for (int64_t index = 0; index < options.layers; ++index) {
    std::vector<std::vector<Tensor>>& directions = layers_.emplace_back();
    const int64_t columns = index == 0 ? options.input_size : options.output_size();
    for (const char* direction : {"", "_reverse"}) {
      if (*direction != '\0' && !options.bidirectional) break;
      const std::string suffix = "_l" + std::to_string(index) + direction;
      std::vector<Tensor>& layer = directions.emplace_back();
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
  const LstmLayerOutput output =
      lstm_layer(time_major, embedding, layer_state(states[0]), layer_weights(layer(0)), kernel_precision(options_));
  states[0] = stack_state(output);
  return run_upper_layers(output.y, states);
}

Tensor RecurrentImpl::forward_packed(const Tensor& x, const PackedSteps& steps) {  // x [N, I]
  TORCH_CHECK(x.dim() == 2 && x.size(0) == steps.rows() && x.size(1) == options_.input_size,
              "input of a recurrent stack: ", x.sizes());
  return run_upper_packed(run_packed_layer(x, steps, layers_[0], options_), steps);
}

Tensor RecurrentImpl::forward_packed_embedded(const Tensor& ids, const Tensor& embedding, const PackedSteps& steps) {
  if (prepared_ != nullptr && prepared_->embedding().is_same(embedding) && !at::GradMode::is_enabled() &&
      !is_training())
    return prepared_->run(ids, steps);
  if (!has_kernel(embedding, options_)) return forward_packed(at::embedding(embedding, ids), steps);
  return run_upper_packed(
      packed_lstm_layer(ids, embedding, steps, layer_weights(layers_[0]), kernel_precision(options_)), steps);
}

void RecurrentImpl::prepare(const Tensor& embedding) {
  prepared_.reset();
  if (!has_kernel(embedding, options_)) return;
  std::vector<std::vector<LstmLayerWeights>> layers;
  for (const auto& directions : layers_) layers.push_back(layer_weights(directions));
  prepared_ = std::make_unique<PreparedLstm>(embedding, layers, kernel_precision(options_));
}

Tensor RecurrentImpl::run_upper_packed(Tensor y, const PackedSteps& steps) {  // y [N, D H]
  for (size_t index = 1; index < layers_.size(); ++index)
    y = run_packed_layer(at::dropout(y, options_.dropout, is_training()), steps, layers_[index], options_);
  return y;
}

std::vector<State> RecurrentImpl::split(const State& past, int64_t batch, const at::TensorOptions& like) const {
  TORCH_CHECK(!options_.bidirectional, "two directions have no state to carry: they read packed sequences");
  const size_t kinds = state_count(options_.cell);
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
  for (size_t kind = 0; kind < state_count(options_.cell); ++kind) {
    std::vector<Tensor> parts;
    for (const State& state : states) parts.push_back(state[kind]);
    next.push_back(parts.size() == 1 ? parts[0] : at::cat(parts));
  }
  return {y.transpose(0, 1), next};  // [B, T, H], [L, B, H] each
}

}  // namespace seq::nn

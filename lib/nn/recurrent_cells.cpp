// The equations of rnn, lstm and gru, as recurrent.h states them.
// B = batch, H = hidden, G = gates
#include "nn/recurrent_cells.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>

#include "base/error.h"

namespace seq::nn {

int64_t gate_count(const std::string& cell) {
  if (cell == "rnn") return 1;
  if (cell == "lstm") return 4;
  if (cell == "gru") return 3;
  throw Error("unknown recurrent cell '" + cell + "' (rnn, lstm or gru)");
}

size_t state_count(const std::string& cell) {
  return cell == "lstm" ? 2 : 1;
}

RecurrentCell::Product::Product(const Tensor& weight, const std::string& precision)
    : half_(precision == "bf16"), weight_(half_ ? weight.to(at::kBFloat16) : weight) {}

Tensor RecurrentCell::Product::operator()(const Tensor& x) const {
  return half_ ? at::linear(x.to(at::kBFloat16), weight_).to(x.scalar_type()) : at::linear(x, weight_);
}

RecurrentCell::RecurrentCell(std::string cell, const std::vector<Tensor>& weights, const std::string& precision)
    : cell_(std::move(cell)), weights_(weights), input_(weights[0], precision), recurrent_(weights[1], precision) {}

Tensor RecurrentCell::input_product(const Tensor& x) const {
  const Tensor product = input_(x) + weights_[2];
  return cell_ == "gru" ? product : product + weights_[3];  // a GRU's reset gate acts on the other bias too
}

State RecurrentCell::step(const Tensor& input, const State& past) const {
  if (cell_ == "lstm") return lstm_step(input, past);
  if (cell_ == "gru") return {gru_step(input, past[0])};
  return {at::tanh(input + recurrent_(past[0]))};
}

State RecurrentCell::lstm_step(const Tensor& input, const State& past) const {
  std::vector<Tensor> a = (input + recurrent_(past[0])).chunk(4, 1);  // i f g o: [B, H] each
  const bool peepholes = weights_.size() > 4;
  if (peepholes) {  // Gers & Schmidhuber 2000, eq. 5 and 6
    a[0] = a[0] + weights_[4] * past[1];
    a[1] = a[1] + weights_[5] * past[1];
  }
  const Tensor c = at::sigmoid(a[1]) * past[1] + at::sigmoid(a[0]) * at::tanh(a[2]);
  if (peepholes) a[3] = a[3] + weights_[6] * c;  // eq. 7: the output gate sees the new cell
  return {at::sigmoid(a[3]) * at::tanh(c), c};
}

Tensor RecurrentCell::gru_step(const Tensor& input, const Tensor& h) const {
  const std::vector<Tensor> a = input.chunk(3, 1);                          // r z n: [B, H] each
  const std::vector<Tensor> u = (recurrent_(h) + weights_[3]).chunk(3, 1);  // likewise
  const Tensor r = at::sigmoid(a[0] + u[0]);
  const Tensor z = at::sigmoid(a[1] + u[1]);
  const Tensor n = at::tanh(a[2] + r * u[2]);
  return (1 - z) * n + z * h;
}

}  // namespace seq::nn

// One step of each kind of recurrent cell, in LibTorch's own operations: the clear path of recurrent stacks.
// B = batch, I = input, H = hidden, G = gates (1, 4 or 3)
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace seq::nn {

using at::Tensor;

/// What passes from one window of time to the next; empty at the start of a pass.
using State = std::vector<Tensor>;

/// How many gates a cell has (rnn 1, lstm 4, gru 3). Throws Error for an unknown one.
int64_t gate_count(const std::string& cell);
/// How many tensors its state has: h, and c of an LSTM.
size_t state_count(const std::string& cell);

/// A cell with its weights: weight_ih, weight_hh, bias_ih, bias_hh, and peepholes i, f, o where there are any.
class RecurrentCell {
 public:
  /// `precision` "bf16" rounds the factors of the products. The weights must outlive the cell.
  RecurrentCell(std::string cell, const std::vector<Tensor>& weights, const std::string& precision);

  /// What does not depend on the state: x [..., I] to [..., G H].
  Tensor input_product(const Tensor& x) const;
  /// The state after a step: input [B, G H] and a state of [B, H] each.
  State step(const Tensor& input, const State& past) const;

 private:
  /// Products with one matrix; sums and states keep the type of x.
  class Product {
   public:
    Product(const Tensor& weight, const std::string& precision);
    Tensor operator()(const Tensor& x) const;  ///< [..., I] -> [..., G H]

   private:
    bool half_;
    Tensor weight_;  ///< [G H, I]
  };

  State lstm_step(const Tensor& input, const State& past) const;
  Tensor gru_step(const Tensor& input, const Tensor& h) const;

  std::string cell_;
  const std::vector<Tensor>& weights_;
  Product input_;
  Product recurrent_;
};

}  // namespace seq::nn

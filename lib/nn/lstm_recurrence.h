// The recurrence of an LSTM layer forward and backward, in one direction or in both, over sequences of any lengths.
//
// B = sequences, N = all steps of all sequences, D = directions (1 or 2: forward, reverse), I = input size, H = hidden,
// V = rows of a table
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/packed_product.h"
#include "nn/packed_steps.h"

namespace seq::nn {

/// Weights of all directions in PyTorch's layout, contiguous fp32.
struct LstmWeights {
  at::Tensor w_ih;  ///< [D, 4H, I]; empty where a table holds the input's product
  at::Tensor bias;  ///< [D, 4H]; likewise
  at::Tensor w_hh;  ///< [D, 4H, H]
};

/// What a layer reads: x, or rows of a table that holds the input's product, biases included.
struct LstmInput {
  at::Tensor x;    ///< [N, I], or the table [V, D, 4H]
  at::Tensor ids;  ///< [N] int64: rows of the table; empty: x it is
  bool looked_up() const { return ids.numel() > 0; }
};

/// The states before each step, at the step's row, and behind them the states after each sequence's last step; where no
/// gradient is wanted only room for two steps in place of all, and no gates.
struct LstmTrace {
  at::Tensor gates;  ///< [D, N, 4H + padding] activated; undefined without gradient
  at::Tensor h, c;   ///< [D, N + B, H], or [D, 2B + B, H] without gradient; rows with padding
  at::Tensor y;      ///< [N, D, H]

  /// The states after the last steps of B sequences, [D, B, H].
  at::Tensor last_h(int64_t batch) const { return h.narrow(1, h.size(1) - batch, batch); }
  at::Tensor last_c(int64_t batch) const { return c.narrow(1, c.size(1) - batch, batch); }
};

/// Runs all steps from the states h0 and c0 [D, B, H].
LstmTrace run_lstm(const PackedSteps& steps, const LstmInput& input, const LstmWeights& weights, const at::Tensor& h0,
                   const at::Tensor& c0, Precision precision, bool with_gradient);

struct LstmGradients {
  at::Tensor gates;  ///< [D, N, 4H + padding], before the activation
  at::Tensor input;  ///< [D, 4H] of the bias, or [V, D, 4H] of the table
  at::Tensor h, c;   ///< [D, B, H]: of the last states on entry, of the first ones on return
};

/// Back through all steps. grad_y [N, D, H] contiguous, or undefined; `grads` holds h and c alone on entry.
void run_lstm_backward(const PackedSteps& steps, const LstmInput& input, const LstmWeights& weights,
                       const LstmTrace& trace, const at::Tensor& grad_y, Precision precision, LstmGradients& grads);

/// The gradients of what the input's product was made of, from those of the gates; each is undefined unless wanted.
struct LstmProductGradients {
  at::Tensor x, w_ih, w_hh;
};
LstmProductGradients lstm_product_gradients(const LstmInput& input, const LstmWeights& weights, const LstmTrace& trace,
                                            const LstmGradients& grads, Precision precision, bool want_x,
                                            bool want_w_ih, bool want_w_hh);

}  // namespace seq::nn

// The recurrence of an LSTM layer forward and backward, in one direction or in both, over sequences of any lengths.
//
// B = sequences, N = all steps of all sequences, D = directions (1 or 2: forward, reverse), I = input size, H = hidden,
// H' = hidden, up to whole blocks of units, V = rows of a table
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nn/packed_product.h"
#include "nn/packed_steps.h"

namespace seq::nn {

/// [D, 4H, ...] sorted by units: [D, 4H', ...] where the four gates of a block of units are neighbours, which are as
/// many as a vector holds. Missing units are zero. Has a gradient.
at::Tensor by_units(const at::Tensor& gates);

/// The weights of all directions, ready for the products of run_lstm.
struct LstmPanels {
  std::vector<PackedMatrix> input;      ///< [I, 4H'] of each direction, by units; none where a table is read
  std::vector<PackedMatrix> recurrent;  ///< [H, 4H'] likewise
};
/// w_ih [D, 4H, I], or empty for none, and w_hh [D, 4H, H], contiguous fp32.
LstmPanels pack_lstm(const at::Tensor& w_ih, const at::Tensor& w_hh, Precision precision);

/// What a layer reads: x, plain or rounded, or a table that holds the input's product.
struct LstmInput {
  at::Tensor x;        ///< [N, I], or undefined
  at::Tensor rounded;  ///< [N, words] the same as bf16, or undefined; see LstmTrace
  at::Tensor added;    ///< [1, D, 4H'] by units: biases; or a table [V, D, 4H'], biases included; rows may have padding
  at::Tensor ids;      ///< [N] int64: rows of the table; or undefined
};

/// What is kept: all that the way back needs, the output alone, or that alone as bf16, which H must be even for.
enum class LstmKeep { kTrace, kOutput, kRoundedOutput };

/// The states before each step, at the step's row, and behind them the states after each sequence's last step; where no
/// trace is kept only room for two steps in place of all, and no gates.
struct LstmTrace {
  at::Tensor gates;      ///< [D, N, 4H + padding] activated, or undefined
  at::Tensor h, c;       ///< [D, N + B, H], or [D, 2B + B, H]; rows with padding
  at::Tensor y;          ///< [N, D, H], or undefined
  at::Tensor rounded_y;  ///< [N, D H / 2 + padding] int32: y as bf16, or undefined

  /// The states after the last steps of B sequences, [D, B, H].
  at::Tensor last_h(int64_t batch) const { return h.narrow(1, h.size(1) - batch, batch); }
  at::Tensor last_c(int64_t batch) const { return c.narrow(1, c.size(1) - batch, batch); }
};

/// Runs all steps from the states h0 and c0 [D, B, H].
LstmTrace run_lstm(const PackedSteps& steps, const LstmInput& input, const LstmPanels& panels, const at::Tensor& h0,
                   const at::Tensor& c0, LstmKeep keep);

struct LstmGradients {
  at::Tensor gates;  ///< [D, N, 4H + padding], before the activation
  at::Tensor added;  ///< of LstmInput::added
  at::Tensor h, c;   ///< [D, B, H]: of the last states on entry, of the first ones on return
};

/// Back through all steps. grad_y [N, D, H] contiguous, or undefined; `grads` holds h and c alone on entry.
void run_lstm_backward(const PackedSteps& steps, const LstmInput& input, const at::Tensor& w_hh, const LstmTrace& trace,
                       const at::Tensor& grad_y, Precision precision, LstmGradients& grads);

/// The gradients of what the products were made of, from those of the gates; each is undefined unless wanted.
struct LstmProductGradients {
  at::Tensor x, w_ih, w_hh;
};
struct LstmProductFactors {
  at::Tensor x, w_ih;  ///< empty where a table was read
  at::Tensor w_hh;
  bool want_x = false, want_w_ih = false, want_w_hh = false;
};
LstmProductGradients lstm_product_gradients(const LstmProductFactors& factors, const LstmTrace& trace,
                                            const LstmGradients& grads, Precision precision);

}  // namespace seq::nn

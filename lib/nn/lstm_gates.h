// The arithmetic of an LSTM cell after its matrix products, fused into one pass, forward and backward.
//
// H = hidden; gates lie as in PyTorch: [4H] = input i, forget f, candidate g, output o
#pragma once

#include <cstdint>

namespace seq::nn {

/// One row of a batch at one time step, forward (Hochreiter & Schmidhuber 1997; forget gate of Gers et al. 2000):
/// c' = f * c + i * g and h = o * tanh(c').
struct LstmRowForward {
  int64_t hidden = 0;
  const float* input = nullptr;   ///< [4H] added to the gates: biases, or a row of a table
  const float* past_c = nullptr;  ///< [H]
  float* gates = nullptr;         ///< [4H] sums on entry, activated gates on return
  float* c = nullptr;             ///< [H]; may be past_c itself
  float* h = nullptr;             ///< [H]
  bool keep_gates = true;         ///< false: `gates` hold nothing of use on return, which spares their way to memory
};
void lstm_row_forward(const LstmRowForward& row);

/// The same row backward.
struct LstmRowBackward {
  int64_t hidden = 0;
  const float* gates = nullptr;   ///< [4H] activated
  const float* past_c = nullptr;  ///< [H]
  const float* c = nullptr;       ///< [H]
  const float* grad_y = nullptr;  ///< [H] from the output; null for none
  const float* grad_h = nullptr;  ///< [H] from the next time step
  float* grad_c = nullptr;        ///< [H] from the next time step on entry, for the previous one on return
  float* grad_gates = nullptr;    ///< [4H] written: with respect to the gates' sums
  float* grad_input = nullptr;    ///< [4H] added to: the sum for the bias or for a row of a table
};
void lstm_row_backward(const LstmRowBackward& row);

}  // namespace seq::nn

// The arithmetic of an LSTM cell after its matrix products, fused into one pass, forward and backward.
//
// H = hidden; gates lie as in PyTorch: [4H] = input i, forget f, candidate g, output o
#pragma once

#include <cstdint>

#include "nn/packed_product.h"

namespace seq::nn {

/// Rows that lie `stride` elements apart; none where `data` is null.
template <class T>
struct StridedRows {
  T* data = nullptr;
  int64_t stride = 0;
  T* operator[](int64_t row) const { return data + row * stride; }
};

/// Some units of some rows of a batch at one time step, forward (Hochreiter & Schmidhuber 1997; forget gate of Gers et
/// al. 2000): c' = f * c + i * g and h = o * tanh(c'). All pointers are to the first of the units.
struct LstmForward {
  int64_t rows = 0, units = 0;
  int64_t gate = 0;                  ///< numbers from gate to gate of sums and input
  StridedRows<const float> sums{};   ///< of the products
  StridedRows<const float> input{};  ///< added to the sums: biases, or rows of a table
  const int64_t* ids = nullptr;      ///< the row of `input` for each row; null: the first for all
  StridedRows<const float> past_c{};
  StridedRows<float> c{};             ///< may be past_c itself
  StridedRows<float> h{}, y{};        ///< each h or none
  StridedRows<uint32_t> rounded_h{};  ///< h as bf16, two to a word, or none; then units are even or the last of a row
  StridedRows<uint32_t> rounded_y{};
  StridedRows<float> gates{};  ///< the activated gates, or none
  int64_t hidden = 0;          ///< numbers from gate to gate of those
};
/// Fetches what stands far away from memory, well before lstm_forward needs it.
void prefetch(const LstmForward& step);
/// kBf16 is for sums of bf16 products: functions are right to 14 bits, saturated forget gates more.
void lstm_forward(const LstmForward& step, Precision precision);

/// One row of a batch at one time step, backward.
struct LstmRowBackward {
  int64_t hidden = 0;
  const float* gates = nullptr;   ///< [4H] activated
  const float* past_c = nullptr;  ///< [H]
  const float* c = nullptr;       ///< [H]
  const float* grad_y = nullptr;  ///< [H] from the output; null for none
  const float* grad_h = nullptr;  ///< [H] from the next time step
  float* grad_c = nullptr;        ///< [H] from the next time step on entry, for the previous one on return
  float* grad_gates = nullptr;    ///< [4H] written: with respect to the gates' sums
  float* grad_input = nullptr;    ///< by units (see by_units), added to: the sum for the bias or for a row of a table
};
void lstm_row_backward(const LstmRowBackward& row);

}  // namespace seq::nn

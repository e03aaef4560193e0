// The arithmetic of an LSTM cell, vectorised over the hidden units.
//
// H = hidden, W = floats in a vector
#include "nn/lstm_gates.h"

#include "base/simd.h"

namespace seq::nn {
namespace {

struct Forward {
  template <int W>
  static SEQ_INLINE void run(LstmRowForward row) {
    using V = Simd<W>;
    const int64_t size = row.hidden;
    for (int64_t j = 0; j < size; j += W) {
      const int64_t count = size - j;
      typename V::Floats sums[4];
      for (int gate = 0; gate < 4; ++gate)
        sums[gate] = V::load(row.gates + gate * size + j, count) + V::load(row.input + gate * size + j, count);
      const auto i = V::sigmoid(sums[0]), f = V::sigmoid(sums[1]), g = V::tanh(sums[2]), o = V::sigmoid(sums[3]);
      const auto c = f * V::load(row.past_c + j, count) + i * g;
      if (row.keep_gates) {
        V::store(i, row.gates + j, count);
        V::store(f, row.gates + size + j, count);
        V::store(g, row.gates + 2 * size + j, count);
        V::store(o, row.gates + 3 * size + j, count);
      }
      V::store(c, row.c + j, count);
      V::store(o * V::tanh(c), row.h + j, count);
    }
  }
};

struct Backward {
  template <int W>
  static SEQ_INLINE void run(LstmRowBackward row) {
    using V = Simd<W>;
    const int64_t size = row.hidden;
    for (int64_t j = 0; j < size; j += W) {
      const int64_t count = size - j;
      const auto i = V::load(row.gates + j, count), f = V::load(row.gates + size + j, count);
      const auto g = V::load(row.gates + 2 * size + j, count), o = V::load(row.gates + 3 * size + j, count);
      const auto tanh_c = V::tanh(V::load(row.c + j, count));  // cheaper to compute again than to read
      auto grad_h = V::load(row.grad_h + j, count);
      if (row.grad_y != nullptr) grad_h += V::load(row.grad_y + j, count);
      const auto grad_c = V::load(row.grad_c + j, count) + grad_h * o * (1.0F - tanh_c * tanh_c);
      const typename V::Floats grads[4] = {grad_c * g * i * (1.0F - i),
                                           grad_c * V::load(row.past_c + j, count) * f * (1.0F - f),
                                           grad_c * i * (1.0F - g * g), grad_h * tanh_c * o * (1.0F - o)};
      V::store(grad_c * f, row.grad_c + j, count);
      for (int gate = 0; gate < 4; ++gate) {
        V::store(grads[gate], row.grad_gates + gate * size + j, count);
        float* sum = row.grad_input + gate * size + j;
        V::store(V::load(sum, count) + grads[gate], sum, count);
      }
    }
  }
};

}  // namespace

void lstm_row_forward(const LstmRowForward& row) {
  run_best<Forward>(row);
}

void lstm_row_backward(const LstmRowBackward& row) {
  run_best<Backward>(row);
}

}  // namespace seq::nn

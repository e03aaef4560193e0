// The arithmetic of an LSTM cell, vectorised over the hidden units.
//
// H = hidden, W = floats in a vector
#include "nn/lstm_gates.h"

#include <cstring>

#include "base/simd.h"
#include "nn/bf16.h"

namespace seq::nn {
namespace {

/// e^(k x) for |k x| up to 40 and saturated beyond: products of two of them, and reciprocals of those, are still normal
/// numbers. NaN stays NaN.
template <int W, Precision kPrecision>
struct Exponential {
  using Floats = typename Simd<W>::Floats;
  Floats fraction, scale;  ///< (1 + fraction) * scale, a power of two, near 1 without cancellation

  SEQ_INLINE Exponential(const Floats& any, float k) {
    constexpr float kShift = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, kept in the low bits
    const float in_powers_of_two = k * 1.44269504F, most = 40.0F / (k < 0 ? -k : k);
    const Floats x = Simd<W>::bounded(any, -most, most), shifted = x * in_powers_of_two + kShift;
    const Floats r = x * in_powers_of_two - (shifted - kShift);
    // (2^r - 1) / r for |r| <= 1/2 with the least relative error: 1e-8, or 1.5e-5
    Floats series;
    if constexpr (kPrecision == Precision::kFp32) {
      series = r * 1.54035126e-4F + 1.33907355e-3F;
      series = series * r + 9.61823749e-3F;
      series = series * r + 5.55035743e-2F;
      series = series * r + 0.240226498F;
      series = series * r + 0.693147188F;
    } else {
      series = r * 9.61811056e-3F + 5.58372883e-2F;
      series = series * r + 0.240232522F;
      series = series * r + 0.693136858F;
    }
    fraction = series * r;
    typename Simd<W>::Words bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3F800000U;  // the low bits of kShift itself are shifted out
    std::memcpy(&scale, &bits, sizeof scale);
  }

  SEQ_INLINE Floats plus_one() const { return fraction * scale + (scale + 1.0F); }
  SEQ_INLINE Floats minus_one() const { return fraction * scale + (scale - 1.0F); }
};

/// With a = e^-x and b = e^2z: sigmoid(x) = 1 / (a + 1) and tanh(z) = (b - 1) / (b + 1). Their product takes one
/// reciprocal, and gives each of the two by another multiplication.
template <int W, Precision kPrecision>
struct SigmoidTimesTanh {
  using Floats = typename Simd<W>::Floats;
  Floats a_plus_one, b_plus_one, reciprocal, product;

  SEQ_INLINE SigmoidTimesTanh(const Floats& x, const Floats& z) {
    const Exponential<W, kPrecision> a(x, -1), b(z, 2);
    a_plus_one = a.plus_one();
    b_plus_one = b.plus_one();
    const Floats both = a_plus_one * b_plus_one;
    reciprocal = kPrecision == Precision::kFp32 ? Simd<W>::reciprocal(both) : Simd<W>::rough_reciprocal(both);
    product = b.minus_one() * reciprocal;
  }
  SEQ_INLINE Floats sigmoid() const { return b_plus_one * reciprocal; }
  SEQ_INLINE Floats tanh() const { return a_plus_one * product; }
};

/// First c of all rows, then h: what is computed of a row waits for itself, and the shorter that is, the more rows the
/// processor works on at once.
template <Precision kPrecision>
struct Forward {
  template <int W>
  static SEQ_INLINE void run(LstmForward step) {
    int64_t j = 0;
    for (; j + W <= step.units; j += W) units<W>(step, j, W);
    if (j < step.units) units<W>(step, j, step.units - j);
  }

  /// Row after row, so that constants stay in registers.
  template <int W>
  static SEQ_INLINE void units(const LstmForward& step, int64_t j, int64_t count) {
    for (int64_t row = 0; row < step.rows; ++row) update_c<W>(step, row, j, count);
    for (int64_t row = 0; row < step.rows; ++row) update_h<W>(step, row, j, count);
  }

  template <int W>
  static SEQ_INLINE typename Simd<W>::Floats sum(const LstmForward& step, int gate, int64_t row, int64_t j,
                                                 int64_t count) {
    const float* input = step.input[step.ids == nullptr ? 0 : step.ids[row]];
    return Simd<W>::load(step.sums[row] + gate * step.gate + j, count) +
           Simd<W>::load(input + gate * step.gate + j, count);
  }

  template <int W>
  static SEQ_INLINE void update_c(const LstmForward& step, int64_t row, int64_t j, int64_t count) {
    using V = Simd<W>;
    const SigmoidTimesTanh<W, kPrecision> candidate(sum<W>(step, 0, row, j, count), sum<W>(step, 2, row, j, count));
    // Of a cell that remembers for long 1 - f counts: f is to the last bit what e^-x makes it.
    const Exponential<W, kPrecision> forget(sum<W>(step, 1, row, j, count), -1);
    const auto f = V::reciprocal(forget.plus_one());
    V::store(f * V::load(step.past_c[row] + j, count) + candidate.product, step.c[row] + j, count);
    if (step.gates.data == nullptr) return;
    V::store(candidate.sigmoid(), step.gates[row] + j, count);
    V::store(f, step.gates[row] + step.hidden + j, count);
    V::store(candidate.tanh(), step.gates[row] + 2 * step.hidden + j, count);
  }

  template <int W>
  static SEQ_INLINE void update_h(const LstmForward& step, int64_t row, int64_t j, int64_t count) {
    using V = Simd<W>;
    const SigmoidTimesTanh<W, kPrecision> output(sum<W>(step, 3, row, j, count), V::load(step.c[row] + j, count));
    if (step.h.data != nullptr) V::store(output.product, step.h[row] + j, count);
    if (step.y.data != nullptr) V::store(output.product, step.y[row] + j, count);
    if (step.rounded_h.data != nullptr) store_bf16<W>(output.product, step.rounded_h[row] + j / 2, count);
    if (step.rounded_y.data != nullptr) store_bf16<W>(output.product, step.rounded_y[row] + j / 2, count);
    if (step.gates.data != nullptr) V::store(output.sigmoid(), step.gates[row] + 3 * step.hidden + j, count);
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
        float* sum = row.grad_input + 4 * j + gate * W;
        V::store(V::load(sum, count) + grads[gate], sum, count);
      }
    }
  }
};

}  // namespace

void prefetch(const LstmForward& step) {
  for (int64_t row = 0; row < step.rows; ++row) {
    __builtin_prefetch(step.past_c[row], 0, 2);
    if (step.y.data != nullptr) __builtin_prefetch(step.y[row], 1, 2);
    if (step.rounded_y.data != nullptr) __builtin_prefetch(step.rounded_y[row], 1, 2);
    if (step.ids == nullptr) continue;
    const float* input = step.input[step.ids[row]];
    for (int gate = 0; gate < 4; ++gate) __builtin_prefetch(input + gate * step.gate, 0, 2);
  }
}

void lstm_forward(const LstmForward& step, Precision precision) {
  precision == Precision::kBf16 ? run_best<Forward<Precision::kBf16>>(step) : run_best<Forward<Precision::kFp32>>(step);
}

void lstm_row_backward(const LstmRowBackward& row) {
  run_best<Backward>(row);
}

}  // namespace seq::nn

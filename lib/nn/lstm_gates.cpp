// The arithmetic of an LSTM cell, vectorised over the hidden units.
//
// H = hidden, W = floats in a vector
#include "nn/lstm_gates.h"

#include <cstring>

#include "base/simd.h"
#include "nn/bf16.h"

namespace seq::nn {
namespace {

/// e^(k x) - 1 without cancellation near zero, for |k x| up to 40 and saturated beyond: products of two of them, and
/// reciprocals of those, are still normal numbers. NaN stays NaN.
template <int W, Precision kPrecision>
SEQ_INLINE typename Simd<W>::Floats exponential_less_one(const typename Simd<W>::Floats& any, float k) {
  using V = Simd<W>;
  constexpr float kShift = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, kept in the low bits
  const float in_powers_of_two = k * 1.44269504F, most = 40.0F / (k < 0 ? -k : k);
  const auto x = V::bounded(any, -most, most);
  const auto shifted = x * in_powers_of_two + kShift;
  const auto r = x * in_powers_of_two - (shifted - kShift);
  // (2^r - 1) / r for |r| <= 1/2 with the least relative error: 1e-8, or 1.5e-5
  typename V::Floats series;
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
  typename V::Words bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 23) + 0x3F800000U;  // the low bits of kShift itself are shifted out
  typename V::Floats scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return (series * r) * scale + (scale - 1.0F);
}

/// With a = e^-x and b = e^2z: sigmoid(x) = 1 / (1 + a) and tanh(z) = (b - 1) / (b + 1). Their product takes one
/// reciprocal, and gives each of the two by another multiplication.
template <int W, Precision kPrecision>
struct SigmoidTimesTanh {
  using Floats = typename Simd<W>::Floats;
  Floats a1, b1, reciprocal;  // a - 1, b - 1

  SEQ_INLINE SigmoidTimesTanh(const Floats& x, const Floats& z)
      : a1(exponential_less_one<W, kPrecision>(x, -1)), b1(exponential_less_one<W, kPrecision>(z, 2)) {
    const Floats both = (a1 + 2.0F) * (b1 + 2.0F);
    reciprocal = kPrecision == Precision::kFp32 ? Simd<W>::reciprocal(both) : Simd<W>::rough_reciprocal(both);
  }
  SEQ_INLINE Floats product() const { return b1 * reciprocal; }
  SEQ_INLINE Floats sigmoid() const { return (b1 + 2.0F) * reciprocal; }
  SEQ_INLINE Floats tanh() const { return (a1 + 2.0F) * product(); }
};

template <Precision kPrecision>
struct Forward {
  template <int W>
  static SEQ_INLINE void run(const LstmForward& step) {
    for (int64_t row = 0; row < step.rows; ++row) {
      int64_t j = 0;
      for (; j + W <= step.units; j += W) units<W>(step, row, j, W);
      if (j < step.units) units<W>(step, row, j, step.units - j);
    }
  }

  template <int W>
  static SEQ_INLINE void units(const LstmForward& step, int64_t row, int64_t j, int64_t count) {
    using V = Simd<W>;
    const float* input = step.input[step.ids == nullptr ? 0 : step.ids[row]] + j;
    typename V::Floats sums[4];
    for (int gate = 0; gate < 4; ++gate)
      sums[gate] =
          V::load(step.sums[row] + gate * step.sums_gate + j, count) + V::load(input + gate * step.hidden, count);
    const SigmoidTimesTanh<W, kPrecision> candidate(sums[0], sums[2]);
    // Of a cell that remembers for long 1 - f counts, so that f is exact where e^-x is not.
    const auto f = V::reciprocal(exponential_less_one<W, kPrecision>(sums[1], -1) + 2.0F);
    const auto c = f * V::load(step.past_c[row] + j, count) + candidate.product();
    const SigmoidTimesTanh<W, kPrecision> output(sums[3], c);
    const auto h = output.product();
    V::store(c, step.c[row] + j, count);
    if (step.h.data != nullptr) V::store(h, step.h[row] + j, count);
    if (step.y.data != nullptr) V::store(h, step.y[row] + j, count);
    if (step.rounded_h.data != nullptr) store_bf16<W>(h, step.rounded_h[row] + j / 2, count);
    if (step.gates.data == nullptr) return;
    const typename V::Floats gates[4] = {candidate.sigmoid(), f, candidate.tanh(), output.sigmoid()};
    for (int gate = 0; gate < 4; ++gate) V::store(gates[gate], step.gates[row] + gate * step.hidden + j, count);
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

void prefetch(const LstmForward& step) {
  for (int64_t row = 0; row < step.rows; ++row) {
    __builtin_prefetch(step.past_c[row], 0, 2);
    if (step.ids == nullptr) continue;
    const float* input = step.input[step.ids[row]];
    for (int gate = 0; gate < 4; ++gate) __builtin_prefetch(input + gate * step.hidden, 0, 2);
  }
}

void lstm_forward(const LstmForward& step, Precision precision) {
  precision == Precision::kBf16 ? run_best<Forward<Precision::kBf16>>(step) : run_best<Forward<Precision::kFp32>>(step);
}

void lstm_row_backward(const LstmRowBackward& row) {
  run_best<Backward>(row);
}

}  // namespace seq::nn

// exp and tanh as straight-line arithmetic that a compiler turns into vector instructions; right to the last bit or
// two.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace seq::scratch_rnn {

/// The layout of a floating-point type, and how many terms of the exponential's series reach its precision on
/// |r| <= ln 2 / 2. kLn2High has so few bits that its product with an exponent is exact.
template <class Real>
struct ExponentialTraits;

template <>
struct ExponentialTraits<float> {
  using Bits = uint32_t;
  static constexpr int kMantissa = 23, kBias = 127, kTerms = 7;
  static constexpr float kRound = 0x1.8p23F, kLeast = -87.0F;
  static constexpr float kLn2High = 0x1.63p-1F, kLn2Low = -2.121944400546905827679e-4F;
};

template <>
struct ExponentialTraits<double> {
  using Bits = uint64_t;
  static constexpr int kMantissa = 52, kBias = 1023, kTerms = 13;
  static constexpr double kRound = 0x1.8p52, kLeast = -708.0;
  static constexpr double kLn2High = 0x1.62e42fefa38p-1, kLn2Low = 0x1.ef35793c7673p-45;
};

/// exp(x) = power * (1 + rest), power = 2^n, |n ln 2 - x| <= ln 2 / 2.
template <class Real>
struct SplitExponential {
  Real power;
  Real rest;
};

/// (e^r - 1) / r from its term k on: 1/k! (1 + r/(k+1) (1 + …)), times k!.
template <class Real, int kTerm>
[[gnu::always_inline]] inline Real exponential_series(Real r) {
  if constexpr (kTerm == ExponentialTraits<Real>::kTerms) {
    return 1;
  } else {
    return 1 + r * (Real{1} / (kTerm + 1)) * exponential_series<Real, kTerm + 1>(r);
  }
}

/// For x <= 0; below the smallest normal number the result stays there. NaN stays NaN.
template <class Real>
[[gnu::always_inline]] inline SplitExponential<Real> split_exponential(Real x) {
  using Traits = ExponentialTraits<Real>;
  using Bits = typename Traits::Bits;
  constexpr Real kLog2E = static_cast<Real>(1.44269504088896340736L);
  x = x < Traits::kLeast ? Traits::kLeast : x;
  const Real shifted = x * kLog2E + Traits::kRound;  // the low bits of its mantissa are n
  const Real n = shifted - Traits::kRound;
  const Real r = (x - n * Traits::kLn2High) - n * Traits::kLn2Low;
  const Bits exponent = (std::bit_cast<Bits>(shifted) + Traits::kBias) << Traits::kMantissa;
  return {std::bit_cast<Real>(exponent), r * exponential_series<Real, 1>(r)};
}

/// exp(x) for x <= 0.
template <class Real>
[[gnu::always_inline]] inline Real exp_negative(Real x) {
  const SplitExponential<Real> split = split_exponential(x);
  return split.power + split.power * split.rest;
}

/// tanh |x| = -m / (m + 2) with m = e^(-2|x|) - 1, which loses nothing near zero.
template <class Real>
[[gnu::always_inline]] inline Real tanh_any(Real x) {
  const SplitExponential<Real> split = split_exponential(-2 * std::abs(x));
  const Real m = split.power * split.rest + (split.power - 1);
  return std::copysign(-m / (m + 2), x);
}

}  // namespace seq::scratch_rnn

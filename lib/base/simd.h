// Vectors of floats, exp and tanh on them, and the choice of instruction set at run time.
//
// A kernel is a struct with one always-inlined `run<W>(arguments)`, where W is the number of floats in a vector;
// run_best compiles it three times and calls the widest version that the processor has. No build flag is needed.
#pragma once

#include <cstdint>
#include <cstring>

#define SEQ_INLINE inline __attribute__((always_inline))
#if defined(__x86_64__) && defined(__GNUC__)
#define SEQ_X86 1
#define SEQ_AVX2 __attribute__((target("avx2,fma")))
#define SEQ_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define SEQ_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")))
// Wide vectors are passed only between functions that are inlined into one another: their calling convention,
// which this warning is about, never matters.
#pragma GCC diagnostic ignored "-Wpsabi"
#else
#define SEQ_X86 0
#endif

namespace seq {

enum class InstructionSet { kBaseline, kAvx2, kAvx512, kAvx512Bf16 };

/// The widest instruction set of this processor that the kernels know.
inline InstructionSet instruction_set() {
#if SEQ_X86
  static const InstructionSet best = [] {
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (avx512) return __builtin_cpu_supports("avx512bf16") ? InstructionSet::kAvx512Bf16 : InstructionSet::kAvx512;
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return avx2 ? InstructionSet::kAvx2 : InstructionSet::kBaseline;
  }();
  return best;
#else
  return InstructionSet::kBaseline;
#endif
}

template <int W>
struct Simd {
  typedef float Floats __attribute__((vector_size(W * sizeof(float))));
  typedef int32_t Ints __attribute__((vector_size(W * sizeof(int32_t))));
  typedef uint32_t Words __attribute__((vector_size(W * sizeof(uint32_t))));

  static SEQ_INLINE Floats load(const void* from) {
    Floats values;
    std::memcpy(&values, from, sizeof values);
    return values;
  }
  static SEQ_INLINE void store(const Floats& values, void* to) { std::memcpy(to, &values, sizeof values); }

  /// The first `count` floats (all of them if there are W or more), then zeros.
  static SEQ_INLINE Floats load(const float* from, int64_t count) {
    if (count >= W) return load(from);
    Floats values{};
    std::memcpy(&values, from, static_cast<size_t>(count) * sizeof(float));
    return values;
  }
  static SEQ_INLINE void store(const Floats& values, float* to, int64_t count) {
    if (count >= W) return store(values, to);
    std::memcpy(to, &values, static_cast<size_t>(count) * sizeof(float));
  }

  /// The same for the bits of floats.
  static SEQ_INLINE Words load_words(const float* from, int64_t count) {
    const Floats values = load(from, count);
    Words words;
    std::memcpy(&words, &values, sizeof words);
    return words;
  }
  static SEQ_INLINE void store_words(const Words& words, uint32_t* to, int64_t count) {
    if (count >= W) {
      std::memcpy(to, &words, sizeof words);
    } else {
      std::memcpy(to, &words, static_cast<size_t>(count) * sizeof(uint32_t));
    }
  }

  /// From memory this is one load; 0 + value would be an addition first, for the sake of -0.
  static SEQ_INLINE Floats all(float value) {
    float lanes[W];
    for (float& lane : lanes) lane = value;
    return load(lanes);
  }

  /// Within [least, most]; NaN stays NaN.
  static SEQ_INLINE Floats bounded(const Floats& any, float least, float most) {
#if SEQ_X86 && !defined(__clang__)
    if constexpr (W == 16) {  // of a NaN the instruction gives its second operand; the compiler dares not use it
      Floats x;
      asm("vmaxps %2, %1, %0" : "=v"(x) : "v"(all(least)), "v"(any));
      asm("vminps %2, %1, %0" : "=v"(x) : "v"(all(most)), "v"(x));
      return x;
    }
#endif
    const Floats x = any < least ? all(least) : any;
    return x > most ? all(most) : x;
  }

  /// e^x - 1 in `difference` and 2^n in `scale`, where n is the exponent taken out: e^x - 1 = difference + scale - 1.
  /// With |r| <= ln(2) / 2 the Taylor series to r^7 is exact to 5e-9.
  static SEQ_INLINE void exponential(const Floats& any, Floats& difference, Floats& scale) {
    constexpr float kShift = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, kept in the low bits
    Floats x = any < -87.0F ? all(-87.0F) : any;
    x = x > 87.0F ? all(87.0F) : x;
    const Floats shifted = x * 1.44269504F + kShift;
    const Floats n = shifted - kShift;
    const Floats r = (x - n * 0.693359375F) + n * 2.12194440e-4F;  // ln 2 in two parts, the first exact times n
    Floats series = all(1.0F / 5040.0F);
    series = series * r + 1.0F / 720.0F;
    series = series * r + 1.0F / 120.0F;
    series = series * r + 1.0F / 24.0F;
    series = series * r + 1.0F / 6.0F;
    series = series * r + 0.5F;
    series = series * r * r + r;
    Ints bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = (bits - 0x4B400000 + 127) << 23;  // 0x4B400000 is kShift
    std::memcpy(&scale, &bits, sizeof scale);
    difference = series * scale;
  }

  static SEQ_INLINE Floats exp(const Floats& x) {
    Floats difference, scale;
    exponential(x, difference, scale);
    return difference + scale;
  }

  /// 1 / x to 14 bits at least, for x whose reciprocal is a normal number.
  static SEQ_INLINE Floats rough_reciprocal(const Floats& x) {
#if SEQ_X86 && !defined(__clang__)  // which takes no such register in a function that is not for AVX-512 alone
    if constexpr (W == 16) {
      Floats guess;
      asm("vrcp14ps %1, %0" : "=v"(guess) : "v"(x));
      return guess;
    }
#endif
    return 1.0F / x;
  }

  /// The same to the last bit or two; in 512 bits a third of a division's time.
  static SEQ_INLINE Floats reciprocal(const Floats& x) {
    const Floats guess = rough_reciprocal(x);
    if constexpr (W < 16) return guess;
    return guess * (2.0F - x * guess);  // Newton's method doubles the bits
  }

  static SEQ_INLINE Floats sigmoid(const Floats& x) {
    return reciprocal(1.0F + exp(-x));
  }

  /// (e^2x - 1) / (e^2x + 1), without cancellation near zero.
  static SEQ_INLINE Floats tanh(const Floats& x) {
    Floats difference, scale;
    const Floats bounded = x > 20.0F ? all(20.0F) : x;
    exponential(bounded + bounded, difference, scale);
    const Floats above_one = difference + (scale - 1.0F);
    return above_one * reciprocal(above_one + 2.0F);
  }
};

#if SEQ_X86
template <class Kernel, class... Arguments>
SEQ_AVX512 void run_avx512(const Arguments&... arguments) {
  Kernel::template run<16>(arguments...);
}
template <class Kernel, class... Arguments>
SEQ_AVX2 void run_avx2(const Arguments&... arguments) {
  Kernel::template run<8>(arguments...);
}
#endif

/// Kernel::run<W>(arguments...) for the widest W of this processor.
template <class Kernel, class... Arguments>
void run_best(const Arguments&... arguments) {
#if SEQ_X86
  if (instruction_set() >= InstructionSet::kAvx512) return run_avx512<Kernel>(arguments...);
  if (instruction_set() == InstructionSet::kAvx2) return run_avx2<Kernel>(arguments...);
#endif
  Kernel::template run<4>(arguments...);
}

}  // namespace seq

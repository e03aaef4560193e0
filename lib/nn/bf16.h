// Rounding to bf16 inside of kernels.
// W = floats in a vector
#pragma once

#include <cstring>

#include "base/simd.h"

namespace seq::nn {

/// Rounds to bf16, to the nearest even, and leaves it in the upper half of the word.
template <class Words>
SEQ_INLINE Words rounded_to_bf16(const Words& bits) {
  return (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000U;
}

/// The first `count` floats (all of them if there are W or more) as bf16, two to a word; those after an odd count must
/// be zero.
template <int W>
SEQ_INLINE void store_bf16(const typename Simd<W>::Floats& values, uint32_t* to, int64_t count) {
#if SEQ_X86 && !defined(__clang__)
  if constexpr (W == 16) {  // such processors have bf16 where it is asked for
    typename Simd<8>::Words halves;
    asm("vcvtneps2bf16 %1, %0" : "=v"(halves) : "v"(values));
    std::memcpy(to, &halves, count >= W ? sizeof halves : static_cast<size_t>((count + 1) / 2) * sizeof(uint32_t));
    return;
  }
#endif
  typename Simd<W>::Words words, even, odd;
  std::memcpy(&words, &values, sizeof words);
  words = rounded_to_bf16(words);
  for (int i = 0; i < W; ++i) {
    even[i] = static_cast<uint32_t>(2 * i % W);
    odd[i] = static_cast<uint32_t>((2 * i + 1) % W);
  }
  const typename Simd<W>::Words low = __builtin_shuffle(words, even), high = __builtin_shuffle(words, odd);
  words = (low >> 16) | high;
  std::memcpy(to, &words, count >= W ? sizeof words / 2 : static_cast<size_t>((count + 1) / 2) * sizeof(uint32_t));
}

}  // namespace seq::nn

// Fetching rows of floats ahead of their use.
#pragma once

#include <cstdint>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace seq {

#if defined(__x86_64__)
/// Whether the processor has `prefetchw`, as most have since 2015; others may do nothing for it.
inline const bool kHasPrefetchw = [] {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & (1U << 8)) != 0;
}();
#endif

/// Fetches `count` floats that will be changed. What another core has changed is taken from it at once; by a mere
/// prefetch it would be copied, and the first write would wait for that core again.
inline void prefetch_to_change(const float* row, int64_t count) {
#if defined(__x86_64__)
  if (kHasPrefetchw) {  // compilers know the instruction only in functions for processors that have it
    for (int64_t i = 0; i < count; i += 16) asm volatile("prefetchw %0" : : "m"(row[i]));
    return;
  }
#endif
  for (int64_t i = 0; i < count; i += 16) __builtin_prefetch(row + i, 1);
}

}  // namespace seq

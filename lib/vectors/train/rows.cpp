// Sixteen columns at a time through all rows.
#include "vectors/train/rows.h"

#include "base/simd.h"

namespace seq::vectors {
namespace {

struct Sum {
  template <int W>
  static SEQ_INLINE void run(const float* const* rows, size_t count, int64_t stride, float scale, float* into) {
    using V = Simd<W>;
    for (int64_t k = 0; k < stride; k += W) {
      typename V::Floats sum{};
      for (size_t i = 0; i < count; ++i) sum += V::load(rows[i] + k);
      V::store(sum * scale, into + k);
    }
  }
};

struct Spread {
  template <int W>
  static SEQ_INLINE void run(const float* before, const float* after, int64_t stride, float* const* rows,
                             size_t count) {
    using V = Simd<W>;
    for (int64_t k = 0; k < stride; k += W) {
      const auto gain = V::load(after + k) - V::load(before + k);
      for (size_t i = 0; i < count; ++i) V::store(V::load(rows[i] + k) + gain, rows[i] + k);
    }
  }
};

}  // namespace

void sum_rows(const float* const* rows, size_t count, int64_t stride, float scale, float* into) {
  run_best<Sum>(rows, count, stride, scale, into);
}

void spread_gain(const float* before, const float* after, int64_t stride, float* const* rows, size_t count) {
  run_best<Spread>(before, after, stride, rows, count);
}

}  // namespace seq::vectors

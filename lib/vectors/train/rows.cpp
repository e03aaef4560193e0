// A vector of columns at a time through all rows.
#include "vectors/train/rows.h"

#include "base/simd.h"

namespace seq::vectors {
namespace {

/// Step::run<W>(k, arguments...) for vectors of W columns from k on, then for vectors of 4.
template <class Step>
struct Columns {
  template <int W, class... Arguments>
  static SEQ_INLINE void run(int64_t columns, const Arguments&... arguments) {
    int64_t k = 0;
    for (; k + W <= columns; k += W) Step::template run<W>(k, arguments...);
    for (; k < columns; k += 4) Step::template run<4>(k, arguments...);
  }
};

struct Sum {
  template <int W>
  static SEQ_INLINE void run(int64_t k, const float* const* rows, size_t count, float scale, float* into) {
    using V = Simd<W>;
    typename V::Floats sum{};
    for (size_t i = 0; i < count; ++i) sum += V::load(rows[i] + k);
    V::store(sum * scale, into + k);
  }
};

struct Spread {
  template <int W>
  static SEQ_INLINE void run(int64_t k, const float* before, const float* after, float* const* rows, size_t count) {
    using V = Simd<W>;
    const auto gain = V::load(after + k) - V::load(before + k);
    for (size_t i = 0; i < count; ++i) V::store(V::load(rows[i] + k) + gain, rows[i] + k);
  }
};

}  // namespace

void sum_rows(const float* const* rows, size_t count, int64_t columns, float scale, float* into) {
  run_best<Columns<Sum>>(columns, rows, count, scale, into);
}

void spread_gain(const float* before, const float* after, int64_t columns, float* const* rows, size_t count) {
  run_best<Columns<Spread>>(columns, before, after, rows, count);
}

}  // namespace seq::vectors

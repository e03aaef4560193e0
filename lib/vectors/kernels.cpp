// Kernels for vectors of W floats; see base/simd.h for how W is chosen. D = dimension.
#include "vectors/kernels.h"

#include <algorithm>

#include "base/simd.h"

namespace seq::vectors {
namespace {

constexpr int64_t kTile = 64;  // packed columns that lie together: [kPackedColumns / kTile][D][kTile]

struct Product {
  template <class Floats>
  static SEQ_INLINE void add(Floats& sum, const Floats& a, const Floats& b) {
    sum += a * b;
  }
};

struct SquaredDifference {
  template <class Floats>
  static SEQ_INLINE void add(Floats& sum, const Floats& a, const Floats& b) {
    sum += (a - b) * (a - b);
  }
};

/// A sum of terms over each row, in four independent accumulators, which hide the latency of an addition.
template <class Term>
struct SumRows {
  template <int W>
  static SEQ_INLINE void run(const float* rows, int64_t count, const float* vector, int64_t size, float* out) {
    for (int64_t r = 0; r < count; ++r) out[r] = sum<W>(rows + r * size, vector, size);
  }

  template <int W>
  static SEQ_INLINE float sum(const float* a, const float* b, int64_t size) {
    using V = Simd<W>;
    constexpr int64_t kStep = 4 * int64_t{W};
    typename V::Floats sums[4] = {};
    int64_t i = 0;
    for (; i + kStep <= size; i += kStep)
      for (int64_t k = 0; k < 4; ++k) Term::add(sums[k], V::load(a + i + k * W), V::load(b + i + k * W));
    for (; i + W <= size; i += W) Term::add(sums[0], V::load(a + i), V::load(b + i));
    if (i < size) Term::add(sums[1], V::load(a + i, size - i), V::load(b + i, size - i));
    const typename V::Floats all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    float total = 0;
    for (int lane = 0; lane < W; ++lane) total += all[lane];
    return total;
  }
};

/// Tiles of R rows by C vectors of columns whose sums stay in registers.
struct MultiplyPacked {
  template <int W>
  static SEQ_INLINE void run(const float* a, int64_t a_rows, int64_t dimension, const float* packed, float* out) {
    constexpr int kRows = W == 4 ? 3 : 6;
    constexpr int64_t kVectors = W == 16 ? 4 : 2;
    for (int64_t column = 0; column < kPackedColumns; column += kVectors * W) {
      const float* const columns = packed + column / kTile * kTile * dimension + column % kTile;
      int64_t r = 0;
      for (; r + kRows <= a_rows; r += kRows)
        tile<W, kRows, kVectors>(a + r * dimension, dimension, columns, out + r * kPackedColumns + column);
      for (; r < a_rows; ++r)
        tile<W, 1, kVectors>(a + r * dimension, dimension, columns, out + r * kPackedColumns + column);
    }
  }

  template <int W, int R, int64_t C>
  static SEQ_INLINE void tile(const float* a, int64_t dimension, const float* columns, float* out) {
    using V = Simd<W>;
    typename V::Floats sums[R][C] = {};
    for (int64_t k = 0; k < dimension; ++k) {
      typename V::Floats column[C];
      for (int64_t c = 0; c < C; ++c) column[c] = V::load(columns + k * kTile + c * W);
      for (int r = 0; r < R; ++r)
        for (int64_t c = 0; c < C; ++c) sums[r][c] += column[c] * a[r * dimension + k];
    }
    for (int r = 0; r < R; ++r)
      for (int64_t c = 0; c < C; ++c) V::store(sums[r][c], out + r * kPackedColumns + c * W);
  }
};

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  dot_rows(a.data(), 1, b, &sum);
  return sum;
}

void dot_rows(const float* rows, int64_t count, std::span<const float> vector, float* out) {
  run_best<SumRows<Product>>(rows, count, vector.data(), static_cast<int64_t>(vector.size()), out);
}

void distance_rows(const float* rows, int64_t count, std::span<const float> vector, float* out) {
  run_best<SumRows<SquaredDifference>>(rows, count, vector.data(), static_cast<int64_t>(vector.size()), out);
}

void pack_columns(const float* rows, int64_t count, int64_t dimension, const float* scales, float* packed) {
  std::fill_n(packed, dimension * kPackedColumns, 0.0F);
  for (int64_t r = 0; r < count; ++r) {
    float* const column = packed + r / kTile * kTile * dimension + r % kTile;
    for (int64_t k = 0; k < dimension; ++k) column[k * kTile] = rows[r * dimension + k] * scales[r];
  }
}

void multiply_packed(const float* a, int64_t a_rows, int64_t dimension, const float* packed, float* out) {
  run_best<MultiplyPacked>(a, a_rows, dimension, packed, out);
}

}  // namespace seq::vectors

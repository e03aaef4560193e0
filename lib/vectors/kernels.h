// Products of float vectors with the widest instructions of the processor.
#pragma once

#include <cstdint>
#include <span>

namespace seq::vectors {

/// Sum of products. Both have the same size.
float dot(std::span<const float> a, std::span<const float> b);

/// `out[r]` = dot(row r, vector) for rows [R, D] that follow one another.
void dot_rows(const float* rows, int64_t count, std::span<const float> vector, float* out);

/// `out[r]` = squared Euclidean distance between row r and the vector.
void distance_rows(const float* rows, int64_t count, std::span<const float> vector, float* out);

/// Columns of the packed side of `multiply_packed`.
inline constexpr int64_t kPackedColumns = 256;

/// Lays out up to kPackedColumns rows [R, D], each times its scale, as columns for `multiply_packed`; zeros fill up.
/// `packed` has D * kPackedColumns floats.
void pack_columns(const float* rows, int64_t count, int64_t dimension, const float* scales, float* packed);

/// `out` [A, kPackedColumns] = `a` [A, D] times the packed columns.
void multiply_packed(const float* a, int64_t a_rows, int64_t dimension, const float* packed, float* out);

}  // namespace seq::vectors

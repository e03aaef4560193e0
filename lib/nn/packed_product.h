// Matrix products C = A * B on one thread, for the inside of kernels that keep B packed over many products.
//
// M = rows of A and C, K = columns of A and rows of B, N = columns of B and C
//
// Storage is in 32-bit words: one float, or two bf16 that are neighbours in K. Products of bf16 are summed in fp32.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace seq::nn {

enum class Precision { kFp32, kBf16 };

/// Whether this processor multiplies bf16 directly (AVX512-BF16); kBf16 is refused where it does not.
bool bf16_available();

/// A matrix of floats somewhere in memory: element (row, column) is at data[row * row_stride + column * column_stride].
struct MatrixView {
  const float* data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t row_stride = 0;
  int64_t column_stride = 1;

  MatrixView transposed() const { return {data, columns, rows, column_stride, row_stride}; }
};

/// What the product does with what C holds.
enum class Into { kReplace, kAdd };

/// Words in a row of `columns` values.
inline int64_t words_in_row(int64_t columns, Precision precision) {
  return precision == Precision::kBf16 ? (columns + 1) / 2 : columns;
}

/// Some neighbouring columns of a right-hand matrix B [K, N], in panels.
struct PackedColumns {
  const uint32_t* words = nullptr;
  Precision precision = Precision::kFp32;
  int64_t rows = 0, columns = 0;
};

/// A right-hand matrix B [K, N], copied into panels of a few columns that a product reads in order.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  PackedMatrix(const MatrixView& matrix, Precision precision);

  Precision precision() const { return precision_; }
  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  PackedColumns all() const { return part(0, columns_); }
  /// Of `first`, which is a multiple of panel_columns().
  PackedColumns part(int64_t first, int64_t columns) const;
  static int64_t panel_columns();

 private:
  Precision precision_ = Precision::kFp32;
  int64_t rows_ = 0;
  int64_t columns_ = 0;
  at::Tensor words_;  // int32, aligned to cache lines, as panels must be
};

/// Rows of A ready for a product: for fp32 the matrix itself, for bf16 the output of to_bf16_rows.
struct LeftRows {
  const void* words = nullptr;
  int64_t rows = 0;
  int64_t row_stride = 0;  ///< in words
};

/// Rounds [rows, columns] floats to bf16, two to a word (an odd last column is paired with zero).
/// Writes words_in_row(columns, kBf16) words each `output_stride` words.
void to_bf16_rows(const MatrixView& matrix, uint32_t* output, int64_t output_stride);

/// C [M, N] = or += A [M, K] * B [K, N]; rows of C lie `c_stride` floats apart.
void multiply(const LeftRows& a, const PackedColumns& b, float* c, int64_t c_stride, Into into);

/// C [M, N] += A^T * B over a long sum: `a` is [K, M] and `b` is [K, N], both with adjacent columns; only rows
/// `first` to `last` of C are computed, so that threads can share the work.
void multiply_transposed(const MatrixView& a, const MatrixView& b, Precision precision, int64_t first, int64_t last,
                         float* c, int64_t c_stride);

}  // namespace seq::nn

// Packed products on all threads, of tensors.
//
// K = the sum, N = columns of the right-hand matrix
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/packed_product.h"

namespace seq::nn {

/// Rows that are a multiple of 4096 bytes apart compete for the same lines of the first cache: so much is put between.
constexpr int64_t kRowPadding = 16;
/// Below this many multiplications a thread costs more than it saves.
constexpr int64_t kWorkOfThread = 1 << 20;
/// With fewer rows a thread mostly waits for weights.
constexpr int64_t kRowsOfThread = 8;

/// A matrix [rows, columns] with adjacent columns.
MatrixView matrix_view(const at::Tensor& matrix);

/// Left operands of products: fp32 rows are used where they lie, bf16 rows are a rounded copy.
class LeftMatrix {
 public:
  LeftMatrix(const MatrixView& matrix, Precision precision);
  /// Rows that are bf16 already, two to a word: [rows, words].
  explicit LeftMatrix(const at::Tensor& rounded);

  /// Brings the copy of these rows up to date.
  void update(int64_t begin, int64_t end);
  /// All rows, on all threads.
  void update();

  LeftRows rows(int64_t begin, int64_t end) const;
  /// Where the copy of a row stands, for those who round it themselves; null for fp32.
  uint32_t* rounded(int64_t row) const;
  int64_t stride() const { return stride_; }  ///< of the copy, in words

 private:
  MatrixView matrix_;
  Precision precision_;
  int64_t stride_ = 0;
  at::Tensor words_;
};

/// output [rows, N] = or += matrix [rows, K] * b [K, N]; the output's columns are adjacent.
void multiply_all(const MatrixView& matrix, const PackedMatrix& b, const at::Tensor& output, Into into);

/// output [M, N] += a^T * b for a [K, M] and b [K, N]; the output is contiguous.
void add_outer(const MatrixView& a, const MatrixView& b, Precision precision, const at::Tensor& output);

}  // namespace seq::nn

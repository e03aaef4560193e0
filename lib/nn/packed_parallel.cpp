// Each thread takes some rows of the output.
#include "nn/packed_parallel.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for runs on one thread unless this is compiled with OpenMP"
#endif

namespace seq::nn {
namespace {

int64_t rows_of_thread(int64_t multiplications_in_row) {
  return std::max(kRowsOfThread, kWorkOfThread / std::max<int64_t>(1, multiplications_in_row) + 1);
}

}  // namespace

MatrixView matrix_view(const at::Tensor& matrix) {
  return {matrix.const_data_ptr<float>(), matrix.size(0), matrix.size(1), matrix.stride(0)};
}

LeftMatrix::LeftMatrix(const MatrixView& matrix, Precision precision) : matrix_(matrix), precision_(precision) {
  if (precision == Precision::kFp32) return;
  stride_ = words_in_row(matrix.columns, precision) + kRowPadding;
  words_ = at::empty({matrix.rows, stride_}, at::kInt);
}

LeftMatrix::LeftMatrix(const at::Tensor& rounded)
    : precision_(Precision::kBf16), stride_(rounded.stride(0)), words_(rounded) {}

void LeftMatrix::update(int64_t begin, int64_t end) {
  if (precision_ == Precision::kFp32) return;
  MatrixView part = matrix_;
  part.data += begin * matrix_.row_stride;
  part.rows = end - begin;
  to_bf16_rows(part, rounded(begin), stride_);
}

void LeftMatrix::update() {
  at::parallel_for(0, matrix_.rows, 64, [&](int64_t begin, int64_t end) { update(begin, end); });
}

LeftRows LeftMatrix::rows(int64_t begin, int64_t end) const {
  if (precision_ == Precision::kFp32)
    return {matrix_.data + begin * matrix_.row_stride, end - begin, matrix_.row_stride};
  return {rounded(begin), end - begin, stride_};
}

uint32_t* LeftMatrix::rounded(int64_t row) const {
  return precision_ == Precision::kFp32 ? nullptr : static_cast<uint32_t*>(words_.data_ptr()) + row * stride_;
}

void multiply_all(const MatrixView& matrix, const PackedMatrix& b, const at::Tensor& output, Into into) {
  LeftMatrix left(matrix, b.precision());
  auto* out = output.mutable_data_ptr<float>();
  const int64_t stride = output.stride(0);
  at::parallel_for(0, matrix.rows, rows_of_thread(b.rows() * b.columns()), [&](int64_t begin, int64_t end) {
    left.update(begin, end);
    multiply(left.rows(begin, end), b.all(), out + begin * stride, stride, into);
  });
}

void add_outer(const MatrixView& a, const MatrixView& b, Precision precision, const at::Tensor& output) {
  at::parallel_for(0, a.columns, rows_of_thread(a.rows * b.columns), [&](int64_t begin, int64_t end) {
    multiply_transposed(a, b, precision, begin, end, output.mutable_data_ptr<float>(), b.columns);
  });
}

}  // namespace seq::nn

// Copies, transposes and rounds matrices into words.
//
// K = the sum, N = columns of B, W = floats in a vector
#include "nn/packing.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/simd.h"
#include "nn/bf16.h"

namespace seq::nn {
namespace {

struct PackRows {
  template <int W>
  static SEQ_INLINE void run(MatrixView block, Precision precision, uint32_t* output, int64_t width) {
    using V = Simd<W>;
    const int64_t step = precision == Precision::kBf16 ? 2 : 1;
    for (int64_t k = 0; k < block.rows; k += step, output += width) {
      const float* low = block.data + k * block.row_stride;
      for (int64_t n = 0; n < width; n += W) {
        const int64_t count = std::max<int64_t>(0, block.columns - n);
        auto words = V::load_words(low + n, count);
        if (step == 2) {
          words = rounded_to_bf16(words) >> 16;
          if (k + 1 < block.rows) words |= rounded_to_bf16(V::load_words(low + block.row_stride + n, count));
        }
        V::store_words(words, output + n, width - n);
      }
    }
  }
};

/// Transposes words [rows, k] to output[k * width + row]; missing rows are zero.
void transpose_words(const uint32_t* words, int64_t stride, int64_t rows, int64_t k, uint32_t* output, int64_t width) {
  constexpr int64_t kBlock = 16;  // what is written stays in the first cache
  for (int64_t from = 0; from < k; from += kBlock) {
    const int64_t to = std::min(from + kBlock, k);
    for (int64_t row = 0; row < width; ++row) {
      for (int64_t i = from; i < to; ++i) output[i * width + row] = row < rows ? words[row * stride + i] : 0;
    }
  }
}

/// Pairs of neighbours in a row, rounded, to one word.
struct RoundRows {
  template <int W>
  static SEQ_INLINE void run(MatrixView matrix, uint32_t* output, int64_t output_stride) {
    using V = Simd<W>;
    for (int64_t row = 0; row < matrix.rows; ++row) {
      const float* from = matrix.data + row * matrix.row_stride;
      uint32_t* to = output + row * output_stride;
      for (int64_t i = 0; i < matrix.columns; i += W)
        store_bf16<W>(V::load(from + i, matrix.columns - i), to + i / 2, matrix.columns - i);
    }
  }
};

}  // namespace

void pack_rows(const MatrixView& block, Precision precision, uint32_t* output, int64_t width) {
  run_best<PackRows>(block, precision, output, width);
}

void to_bf16_rows(const MatrixView& matrix, uint32_t* output, int64_t output_stride) {
  run_best<RoundRows>(matrix, output, output_stride);
}

void pack_transposed(const MatrixView& rows, Precision precision, uint32_t* output, int64_t width) {
  const int64_t k = words_in_row(rows.columns, precision);
  std::vector<uint32_t> words(static_cast<size_t>(rows.rows * k));
  if (precision == Precision::kBf16) {
    to_bf16_rows(rows, words.data(), k);
  } else {
    for (int64_t row = 0; row < rows.rows; ++row)
      std::memcpy(words.data() + row * k, rows.data + row * rows.row_stride, static_cast<size_t>(k) * sizeof(float));
  }
  transpose_words(words.data(), k, rows.rows, k, output, width);
}

}  // namespace seq::nn

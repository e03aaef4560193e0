// How matrices become the words that a packed product reads; to_bf16_rows of packed_product.h belongs to it.
#pragma once

#include "nn/packed_product.h"

namespace seq::nn {

/// Copies rows of a matrix as words, output[k * width + n], pairing rows k for bf16; missing elements are zero.
void pack_rows(const MatrixView& block, Precision precision, uint32_t* output, int64_t width);

/// The same for the transposed of `rows` [columns of the panel, K].
void pack_transposed(const MatrixView& rows, Precision precision, uint32_t* output, int64_t width);

}  // namespace seq::nn

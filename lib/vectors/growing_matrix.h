// A matrix that grows row by row without being copied, for files that do not say (or cannot be trusted about) their
// size.
#pragma once

#include <cstdint>
#include <memory>

#include "vectors/word_vectors.h"

namespace seq::vectors {

/// Rows of floats in pages of the system's; growing moves page tables, not numbers.
class GrowingMatrix {
 public:
  explicit GrowingMatrix(int64_t columns);

  int64_t rows() const { return rows_; }
  float* row(int64_t number);
  /// Appends rows of zeros. Throws RunError when memory is short.
  void grow(int64_t rows);
  /// The rows so far, which the result owns from now on.
  Matrix finish() &&;

 private:
  struct Pages;
  std::shared_ptr<Pages> pages_;
  int64_t columns_;
  int64_t rows_ = 0;
};

}  // namespace seq::vectors

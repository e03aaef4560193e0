// Anonymous pages that mremap() enlarges.
#include "vectors/growing_matrix.h"

#include <sys/mman.h>

#include <algorithm>

#include "base/error.h"

namespace seq::vectors {

struct GrowingMatrix::Pages {
  void* data = MAP_FAILED;
  size_t size = 0;

  Pages() = default;
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (data != MAP_FAILED) ::munmap(data, size);
  }
};

GrowingMatrix::GrowingMatrix(int64_t columns) : pages_(std::make_shared<Pages>()), columns_(columns) {}

float* GrowingMatrix::row(int64_t number) {
  return static_cast<float*>(pages_->data) + number * columns_;
}

void GrowingMatrix::grow(int64_t rows) {
  constexpr size_t kStep = size_t{32} << 20;
  rows_ += rows;
  const size_t needed = static_cast<size_t>(rows_) * static_cast<size_t>(columns_) * sizeof(float);
  if (needed <= pages_->size) return;
  const size_t size = (std::max(needed, pages_->size + pages_->size / 2) + kStep - 1) / kStep * kStep;
  void* data = pages_->data == MAP_FAILED
                   ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                   : ::mremap(pages_->data, pages_->size, size, MREMAP_MAYMOVE);
  if (data == MAP_FAILED) throw RunError("out of memory for " + std::to_string(rows_) + " vectors; try --limit");
  pages_->data = data;
  pages_->size = size;
  ::madvise(data, size, MADV_HUGEPAGE);  // a wish: fewer page faults while it fills
}

Matrix GrowingMatrix::finish() && {
  Matrix matrix;
  matrix.values = pages_->data == MAP_FAILED ? nullptr : static_cast<const float*>(pages_->data);
  matrix.rows = rows_;
  matrix.columns = columns_;
  matrix.owner = std::move(pages_);
  return matrix;
}

}  // namespace seq::vectors

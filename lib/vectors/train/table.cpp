// Rows on huge pages.
#include "vectors/train/table.h"

#include <algorithm>
#include <cstring>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace seq::vectors {

PaddedTable::PaddedTable(int64_t rows, int64_t dimension)
    : rows_(rows), dimension_(dimension), stride_((dimension + 15) / 16 * 16) {
  constexpr size_t kHugePage = size_t{2} << 20;
  const size_t bytes = static_cast<size_t>(std::max<int64_t>(rows_ * stride_, 1)) * sizeof(float);
  const size_t alignment = bytes >= kHugePage ? kHugePage : 64;
  const size_t whole = (bytes + alignment - 1) / alignment * alignment;
  data_.reset(static_cast<float*>(std::aligned_alloc(alignment, whole)));
  if (data_ == nullptr) throw std::bad_alloc();
#ifdef __linux__
  madvise(data_.get(), whole, MADV_HUGEPAGE);  // only advice: rows are read in no order, and each would miss the TLB
#endif
  std::memset(data_.get(), 0, whole);
}

}  // namespace seq::vectors

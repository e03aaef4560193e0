// Rows on huge pages.
#include "vectors/train/table.h"

#include <algorithm>
#include <cstring>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif

namespace seq::vectors {

PaddedTable::PaddedTable(int64_t rows, int64_t dimension, int64_t padding)
    : rows_(rows), dimension_(dimension), stride_((dimension + padding - 1) / padding * padding) {
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

PackedTable::PackedTable(PaddedTable& table) : table_(table) {
  float* const begin = table_.rows() == 0 ? nullptr : table_.row(0);
  for (int64_t row = 1; row < table_.rows(); ++row) {
    const auto values = table_.values(static_cast<uint32_t>(row));
    std::memmove(begin + row * table_.dimension(), values.data(), values.size_bytes());
  }
}

PackedTable::~PackedTable() {
  const auto padding = static_cast<size_t>(table_.stride() - table_.dimension());
  for (int64_t row = table_.rows(); row-- > 0;) {
    const auto values = table_.values(static_cast<uint32_t>(row));
    std::memmove(values.data(), table_.row(0) + row * table_.dimension(), values.size_bytes());
    std::fill_n(values.data() + table_.dimension(), padding, 0.0F);
  }
}

std::span<const float> PackedTable::values() const {
  if (table_.rows() == 0) return {};
  return {table_.row(0), static_cast<size_t>(table_.rows() * table_.dimension())};
}

}  // namespace seq::vectors

// A table of rows of floats: the vectors of words, or the weights that predict them.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

namespace seq::vectors {

/// Rows on huge pages where the system offers them, each padded with zeros to a multiple of 16 floats, so that a row
/// is whole vectors of any instruction set and begins on a cache line; or of 4, to save memory.
class PaddedTable {
 public:
  /// All zeros.
  PaddedTable(int64_t rows, int64_t dimension, int64_t padding = 16);

  int64_t rows() const { return rows_; }
  int64_t dimension() const { return dimension_; }
  /// Floats from one row to the next.
  int64_t stride() const { return stride_; }
  float* row(uint32_t index) { return data_.get() + static_cast<int64_t>(index) * stride_; }
  const float* row(uint32_t index) const { return data_.get() + static_cast<int64_t>(index) * stride_; }
  /// The number of the row that begins here.
  uint32_t index(const float* row) const { return static_cast<uint32_t>((row - data_.get()) / stride_); }
  /// A row without its padding.
  std::span<const float> values(uint32_t index) const { return {row(index), static_cast<size_t>(dimension_)}; }
  std::span<float> values(uint32_t index) { return {row(index), static_cast<size_t>(dimension_)}; }

 private:
  struct Free {
    void operator()(float* data) const { std::free(data); }
  };
  int64_t rows_;
  int64_t dimension_;
  int64_t stride_;
  std::unique_ptr<float[], Free> data_;
};

/// The values of a table without their padding, made in its own memory: while it lives, the table has no rows to be
/// used. Afterwards they are as before.
class PackedTable {
 public:
  explicit PackedTable(PaddedTable& table);
  ~PackedTable();
  PackedTable(const PackedTable&) = delete;
  PackedTable& operator=(const PackedTable&) = delete;
  /// [rows, dimension]
  std::span<const float> values() const;

 private:
  PaddedTable& table_;
};

}  // namespace seq::vectors

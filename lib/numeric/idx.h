// IDX files: arrays of bytes with their shape in front, as the MNIST digits come in.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "numeric/table.h"

namespace seq::numeric {

/// One array of bytes.
struct IdxArray {
  std::vector<int64_t> shape;
  std::string bytes;
};

/// Reads a file (.gz and the like too) with `dimensions` or more. Throws Error naming it: a wrong magic number, values
/// that are not bytes, fewer or more bytes than its shape says.
IdxArray read_idx(const std::string& file, size_t dimensions);

/// `…images-idx3…` as `…labels-idx1…`. Throws Error when the name has no such part.
std::string labels_beside(const std::string& images);

/// Images [R, …] as rows of numbers 0 … 255 with the labels that lie beside them.
Table read_idx_table(const std::string& images);

}  // namespace seq::numeric

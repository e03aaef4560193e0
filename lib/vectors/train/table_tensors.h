// Tables of rows as tensors of a file, and back.
#pragma once

#include <span>
#include <string>

#include "run/safetensors.h"
#include "vectors/train/table.h"

namespace seq::vectors {

/// Floats of rows without padding (PackedTable) as a tensor [rows, dimension]; they must outlive it.
TensorBytes as_tensor(std::span<const float> values, int64_t dimension);
/// A list as a tensor of one dimension.
TensorBytes as_tensor(std::span<const float> list);

/// Fills rows [begin, end) of a table with the tensor `name` [end - begin, dimension] of a file.
/// Throws Error, which opens with `place`, when it is missing, of another shape, or holds what is no finite number.
void read_rows(const SafetensorsFile& file, const std::string& name, const std::string& place, PaddedTable& table,
               int64_t begin, int64_t end);
/// The same for all rows.
void read_rows(const SafetensorsFile& file, const std::string& name, const std::string& place, PaddedTable& table);
/// The same for a list: a tensor of one dimension.
void read_list(const SafetensorsFile& file, const std::string& name, const std::string& place, std::span<float> list);

bool all_finite(std::span<const float> values);
bool all_finite(const PaddedTable& table);

}  // namespace seq::vectors

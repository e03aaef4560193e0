// Checks of names and shapes, copies with and without padding.
#include "vectors/train/table_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"

namespace seq::vectors {
namespace {

const char* find_floats(const SafetensorsFile& file, const std::string& name, const std::string& place,
                        const std::vector<int64_t>& shape) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end() || found->second.dtype != "F32" || found->second.shape != shape)
    throw Error(fmt::format("{}: the tensor {} is missing or not [{}] of F32 (train anew with --overwrite)", place,
                            name, fmt::join(shape, ", ")));
  return found->second.bytes.data();
}

void copy_finite(const char* from, std::span<float> to, const std::string& name, const std::string& place) {
  std::memcpy(to.data(), from, to.size_bytes());
  if (!all_finite(to))
    throw Error(fmt::format("{}: {} has numbers that are not finite (train anew with --overwrite)", place, name));
}

}  // namespace

TensorBytes as_tensor(std::span<const float> values, int64_t dimension) {
  const auto rows = static_cast<int64_t>(values.size()) / dimension;
  return {"F32", {rows, dimension}, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}};
}

TensorBytes as_tensor(std::span<const float> list) {
  TensorBytes tensor = as_tensor(list, 1);
  tensor.shape.pop_back();
  return tensor;
}

void read_rows(const SafetensorsFile& file, const std::string& name, const std::string& place, PaddedTable& table,
               int64_t begin, int64_t end) {
  const char* from = find_floats(file, name, place, {end - begin, table.dimension()});
  for (int64_t row = begin; row < end; ++row) {
    const auto values = table.values(static_cast<uint32_t>(row));
    copy_finite(from, values, name, place);
    from += values.size_bytes();
  }
}

void read_rows(const SafetensorsFile& file, const std::string& name, const std::string& place, PaddedTable& table) {
  read_rows(file, name, place, table, 0, table.rows());
}

void read_list(const SafetensorsFile& file, const std::string& name, const std::string& place, std::span<float> list) {
  copy_finite(find_floats(file, name, place, {static_cast<int64_t>(list.size())}), list, name, place);
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool all_finite(const PaddedTable& table) {
  for (uint32_t row = 0; row < table.rows(); ++row)
    if (!all_finite(table.values(row))) return false;
  return true;
}

}  // namespace seq::vectors

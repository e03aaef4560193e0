// A matrix out of a safetensors file, numbers of other widths as floats, and lists of words with counts.
#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "run/safetensors.h"
#include "vectors/formats.h"
#include "vectors/growing_matrix.h"
#include "vectors/subwords.h"

namespace seq::vectors {
namespace {

template <class T>
T read_as(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/// IEEE 754 binary16.
float from_half(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const auto mantissa = static_cast<float>(half & 1023);
  float value = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024.0F + mantissa, exponent - 25);
  if (exponent == 31) value = (half & 1023) != 0 ? NAN : INFINITY;
  return (half & 0x8000) != 0 ? -value : value;
}

const std::pair<const std::string, TensorBytes>& choose(const SafetensorsFile& file, const std::string& shown,
                                                        const std::string& wanted) {
  std::string names;
  const std::pair<const std::string, TensorBytes>* only = nullptr;
  int matrices = 0;
  for (const auto& entry : file.tensors()) {
    if (entry.first == (wanted.empty() ? "vectors" : wanted)) return entry;
    names += (names.empty() ? "" : ", ") + entry.first;
    if (entry.second.shape.size() != 2) continue;
    ++matrices;
    only = &entry;
  }
  if (wanted.empty() && matrices == 1) return *only;
  constexpr size_t kMost = 200;
  if (names.size() > kMost) names = names.substr(0, kMost) + "…";
  throw Error(fmt::format("{}: no tensor {}; it has {}: choose one by --tensor", shown,
                          wanted.empty() ? "vectors" : wanted, names.empty() ? "none" : names));
}

}  // namespace

Matrix to_floats(std::string_view bytes, const std::string& dtype, int64_t rows, int64_t columns) {
  GrowingMatrix matrix(columns);
  matrix.grow(rows);
  const size_t width = dtype_size(dtype);
  for (size_t i = 0; i < static_cast<size_t>(rows * columns); ++i) {
    const char* const from = bytes.data() + i * width;
    float& to = matrix.row(0)[i];
    if (dtype == "F32") to = read_as<float>(from);
    if (dtype == "F64") to = static_cast<float>(read_as<double>(from));
    if (dtype == "F16") to = from_half(read_as<uint16_t>(from));
    if (dtype == "BF16") to = std::bit_cast<float>(static_cast<uint32_t>(read_as<uint16_t>(from)) << 16);
  }
  return std::move(matrix).finish();
}

namespace {

Matrix read_matrix(const std::shared_ptr<const SafetensorsFile>& file, const std::string& shown,
                   const std::string& tensor) {
  const auto& [name, found] = choose(*file, shown, tensor);
  if (found.shape.size() != 2)
    throw Error(fmt::format("{}: {} has {} dimensions, expected 2 (words, numbers)", shown, name, found.shape.size()));
  const int64_t rows = found.shape[0], columns = found.shape[1];
  const bool floats = found.dtype == "F32" || found.dtype == "F64" || found.dtype == "F16" || found.dtype == "BF16";
  if (!floats) throw Error(fmt::format("{}: {} is of type {}, expected F32", shown, name, found.dtype));
  const bool aligned = reinterpret_cast<uintptr_t>(found.bytes.data()) % sizeof(float) == 0;
  if (found.dtype != "F32" || !aligned) return to_floats(found.bytes, found.dtype, rows, columns);
  return {file, reinterpret_cast<const float*>(found.bytes.data()), rows, columns};
}

/// The rows of n-grams beside `vectors` of so many numbers, if there are any.
std::shared_ptr<const Subwords> read_ngrams(const std::shared_ptr<const SafetensorsFile>& file,
                                            const std::string& shown, int64_t dimension) {
  if (!file->tensors().contains("ngrams")) return nullptr;
  Matrix ngrams = read_matrix(file, shown, "ngrams");
  SubwordRules rules{0, 0, ngrams.rows};
  const std::string lengths = file->metadata("ngrams");
  const char* const end = lengths.data() + lengths.size();
  const auto shortest = std::from_chars(lengths.data(), end, rules.shortest);
  const char* const next = shortest.ptr == end ? end : shortest.ptr + 1;
  const auto longest = std::from_chars(next, end, rules.longest);
  if (shortest.ec != std::errc{} || longest.ec != std::errc{} || longest.ptr != end || rules.shortest < 1 ||
      rules.longest < rules.shortest || ngrams.columns != dimension || ngrams.rows < 1)
    throw Error(shown + ": its n-grams are damaged: lengths \"" + lengths + "\"");
  return std::make_shared<Subwords>(std::move(ngrams), rules);
}

}  // namespace

Matrix read_safetensors(const fs::path& path, const std::string& shown, const std::string& tensor) {
  return read_matrix(std::make_shared<SafetensorsFile>(path), shown, tensor);
}

Matrix read_run_tensors(const fs::path& path, const std::string& tensor, std::shared_ptr<const Subwords>& subwords) {
  const auto file = std::make_shared<SafetensorsFile>(path);
  Matrix matrix = read_matrix(file, path.string(), tensor);
  subwords = read_ngrams(file, path.string(), matrix.columns);
  return matrix;
}

Table read_vocabulary(const fs::path& path, int64_t limit) {
  Table table;
  table.words = std::make_shared<WordList>();
  LineReader reader(path);
  std::string_view line;
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("{}:{}: {}", path.string(), reader.number(), what));
  };
  while ((limit == 0 || table.words->size() < limit) && reader.next(line)) {
    const size_t tab = line.rfind('\t');
    const size_t split = tab != std::string_view::npos ? tab : line.rfind(' ');
    int64_t count = 0;
    bool counted = false;
    if (split != std::string_view::npos) {
      const std::string_view field = line.substr(split + 1);
      const auto [rest, error] = std::from_chars(field.data(), field.data() + field.size(), count);
      counted = error == std::errc{} && rest == field.data() + field.size() && count >= 0;
      if (!counted && tab != std::string_view::npos) fail("expected a word, a tab and its count");
    }
    const std::string_view word = counted ? line.substr(0, split) : line;
    if (word.empty()) fail("an empty word");
    if (!table.words->add(word)) fail(fmt::format("the word \"{}\" is there twice", word));
    if (counted) table.counts.push_back(count);
    if (!table.counts.empty() && static_cast<int64_t>(table.counts.size()) != table.words->size())
      fail("some words have a count and some have none");
  }
  return table;
}

}  // namespace seq::vectors

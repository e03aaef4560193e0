// Writing and strict reading of safetensors files:
// u64 length of the header, JSON header padded with spaces, data of all tensors without gaps.
#include "run/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "base/error.h"
#include "base/json.h"

namespace seq {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian and are not swapped");

constexpr int64_t kVersionWritten = 1;
constexpr uint64_t kLongestHeader = 100'000'000;  // the format's own limit
constexpr size_t kAlignment = 64;
constexpr const char* kChecksumKey = "\"crc32\":\"";
constexpr const char* kNoChecksum = "00000000";

/// Bytes that shape and dtype ask for; false when that overflows. Zeros count as ones in the check, so that
/// strides computed from an accepted shape cannot overflow either.
bool size_of(const std::vector<int64_t>& shape, size_t element, uint64_t& size) {
  uint64_t product = element;
  bool empty = false;
  for (const int64_t length : shape) {
    if (length < 0) return false;
    if (length == 0) empty = true;
    const auto factor = static_cast<uint64_t>(std::max<int64_t>(length, 1));
    if (__builtin_mul_overflow(product, factor, &product) || product > static_cast<uint64_t>(INT64_MAX)) return false;
  }
  size = empty ? 0 : product;
  return true;
}

/// CRC-32 over a whole file, with zeros in place of its own value.
class FileChecksum {
 public:
  void add(std::string_view bytes) { crc_.add(bytes); }
  std::string text() const { return fmt::format("{:08x}", crc_.value()); }

 private:
  Crc32 crc_;
};

std::string length_bytes(uint64_t length) {
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes;
}

/// Larger elements first, then by name: every tensor is aligned to its element, as the reference writer does it.
std::vector<const std::pair<const std::string, TensorBytes>*> data_order(
    const std::map<std::string, TensorBytes>& tensors) {
  std::vector<const std::pair<const std::string, TensorBytes>*> order;
  order.reserve(tensors.size());
  for (const auto& entry : tensors) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return dtype_size(a->second.dtype) > dtype_size(b->second.dtype);
  });
  return order;
}

/// What is read, with the name of the file for messages.
class Reader {
 public:
  Reader(const fs::path& path, std::string_view file) : name_(path.string()), file_(file) {}

  void read(std::map<std::string, TensorBytes>& tensors, std::map<std::string, std::string>& metadata) {
    find_header();
    const Json header = parse_json(header_, name_ + " (header)");
    if (!header.is_object()) foreign("its header is not an object");
    for (const auto& [name, value] : header.items()) {
      if (name == "__metadata__") {
        read_metadata(value, metadata);
      } else {
        tensors.emplace(name, read_tensor(name, value));
      }
    }
    check_version(metadata);
    check_layout();
    check_checksum(metadata);
  }

 private:
  struct Extent {
    uint64_t begin, end;
    std::string name;
  };

  [[noreturn]] void foreign(const std::string& why) const {
    throw Error(name_ + ": not a safetensors file (" + why + ")");
  }
  [[noreturn]] void damaged(const std::string& why) const { throw Error(name_ + ": damaged (" + why + ")"); }

  void find_header() {
    if (file_.size() < 8) foreign(fmt::format("{} bytes, too short for a header", file_.size()));
    uint64_t length = 0;
    std::memcpy(&length, file_.data(), sizeof length);
    if (length > kLongestHeader || length < 2 || (file_.size() > 8 && file_[8] != '{')) foreign("it has no header");
    if (length > file_.size() - 8)
      throw Error(fmt::format("{}: cut short ({} bytes, the header alone has {})", name_, file_.size(), length));
    header_ = file_.substr(8, length);
    data_ = file_.substr(8 + length);
  }

  void read_metadata(const Json& value, std::map<std::string, std::string>& metadata) const {
    if (!value.is_object()) foreign("__metadata__ is not an object");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) foreign("__metadata__ holds more than texts");
      metadata.emplace(key, text.get<std::string>());
    }
  }

  TensorBytes read_tensor(const std::string& name, const Json& value) {
    if (!value.is_object() || !value.contains("dtype") || !value["dtype"].is_string() || !value.contains("shape") ||
        !value["shape"].is_array() || !value.contains("data_offsets") || !value["data_offsets"].is_array() ||
        value["data_offsets"].size() != 2)
      damaged(name + ": expected dtype, shape and data_offsets");
    TensorBytes tensor;
    tensor.dtype = value["dtype"].get<std::string>();
    for (const Json& length : value["shape"]) tensor.shape.push_back(static_cast<int64_t>(integer(name, length)));
    const uint64_t begin = integer(name, value["data_offsets"][0]);
    const uint64_t end = integer(name, value["data_offsets"][1]);
    uint64_t size = 0;
    if (!size_of(tensor.shape, element_size(name, tensor.dtype), size)) damaged(name + ": impossible shape");
    if (end < begin || end - begin != size)
      damaged(fmt::format("{}: {} bytes from {} to {}, shape and dtype ask for {}", name, end < begin ? 0 : end - begin,
                          begin, end, size));
    if (end > data_.size())
      throw Error(fmt::format("{}: cut short ({} bytes of data, {} reaches to {})", name_, data_.size(), name, end));
    tensor.bytes = data_.substr(begin, size);
    extents_.push_back({begin, end, name});
    return tensor;
  }

  uint64_t integer(const std::string& name, const Json& value) const {
    if (!value.is_number_unsigned() || value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
      damaged(name + ": impossible shape or data_offsets");
    return value.get<uint64_t>();
  }

  size_t element_size(const std::string& name, const std::string& dtype) const {
    try {
      return dtype_size(dtype);
    } catch (const Error& error) {
      throw Error(name_ + ": " + name + ": " + error.what());
    }
  }

  /// Every byte of the data belongs to exactly one tensor.
  void check_layout() {
    std::sort(extents_.begin(), extents_.end(),
              [](const Extent& a, const Extent& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
    uint64_t covered = 0;
    for (const Extent& extent : extents_) {
      if (extent.begin < covered) damaged(extent.name + " overlaps another tensor");
      if (extent.begin > covered)
        damaged(fmt::format("{} bytes before {} belong to no tensor", extent.begin - covered, extent.name));
      covered = extent.end;
    }
    if (covered != data_.size()) damaged(fmt::format("{} bytes too many at its end", data_.size() - covered));
  }

  void check_version(const std::map<std::string, std::string>& metadata) const {
    const auto format = metadata.find("format");
    if (format == metadata.end() || format->second != "seqtool") return;
    const auto version = metadata.find("version");
    if (version == metadata.end() || version->second.empty() || version->second.size() > 9 ||
        !std::all_of(version->second.begin(), version->second.end(), [](char c) { return c >= '0' && c <= '9'; }))
      damaged("its format's version is missing");
    if (std::stoll(version->second) > kVersionWritten)
      throw Error(fmt::format("{}: made by a newer seqtool (format {}, this one reads up to {}): update seqtool", name_,
                              version->second, kVersionWritten));
    if (!metadata.contains("crc32")) damaged("its checksum is missing");
  }

  void check_checksum(const std::map<std::string, std::string>& metadata) const {
    const auto stated = metadata.find("crc32");
    if (stated == metadata.end()) return;
    const size_t key = header_.find(kChecksumKey);
    if (key == std::string_view::npos || stated->second.size() != 8) damaged("its checksum is missing");
    const size_t value = 8 + key + std::strlen(kChecksumKey);
    FileChecksum sum;
    sum.add(file_.substr(0, value));
    sum.add(kNoChecksum);
    sum.add(file_.substr(value + 8));
    if (sum.text() != stated->second)
      damaged("its checksum does not match its content; take a copy or an earlier checkpoint");
  }

  std::string name_;
  std::string_view file_, header_, data_;
  std::vector<Extent> extents_;
};

}  // namespace

size_t dtype_size(const std::string& dtype) {
  static const std::map<std::string, size_t> sizes = {
      {"F64", 8}, {"I64", 8}, {"U64", 8}, {"F32", 4}, {"I32", 4},  {"U32", 4},     {"F16", 2},    {"BF16", 2},
      {"I16", 2}, {"U16", 2}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}, {"F8_E5M2", 1}, {"F8_E4M3", 1}};
  const auto found = sizes.find(dtype);
  if (found == sizes.end()) throw Error("unknown dtype \"" + dtype + "\"");
  return found->second;
}

void write_safetensors(const fs::path& path, const std::map<std::string, TensorBytes>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  Json& notes = header["__metadata__"] = {
      {"format", "seqtool"}, {"version", std::to_string(kVersionWritten)}, {"crc32", kNoChecksum}};
  for (const auto& [key, value] : metadata)
    if (!notes.contains(key)) notes[key] = value;
  const auto order = data_order(tensors);
  uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& [name, tensor] = *entry;
    uint64_t size = 0;
    if (name == "__metadata__" || !size_of(tensor.shape, dtype_size(tensor.dtype), size) || size != tensor.bytes.size())
      throw std::logic_error("write_safetensors: " + name + ": bytes do not fit shape and dtype");
    header[name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  std::string text = header.dump();
  text.append((kAlignment - (8 + text.size()) % kAlignment) % kAlignment, ' ');
  text.insert(0, length_bytes(text.size()));

  FileChecksum sum;
  sum.add(text);
  for (const auto* entry : order) sum.add(entry->second.bytes);
  text.replace(text.find(kChecksumKey) + std::strlen(kChecksumKey), 8, sum.text());

  AtomicFile file(path);
  file.write(text);
  for (const auto* entry : order) file.write_through(entry->second.bytes);
  file.commit();
}

SafetensorsFile::SafetensorsFile(const fs::path& path) : file_(path) {
  Reader(path, file_.text()).read(tensors_, metadata_);
}

std::string SafetensorsFile::metadata(const std::string& key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? "" : found->second;
}

}  // namespace seq

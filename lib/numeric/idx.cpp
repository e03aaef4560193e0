// IDX files. The format: http://yann.lecun.com/exdb/mnist (two zero bytes, type, number of dimensions, sizes as
// big-endian 32-bit numbers, the values).
#include "numeric/idx.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace seq::numeric {
namespace {

constexpr uint8_t kBytes = 0x08;           // the type of all that we read
constexpr int64_t kMostBytes = 1LL << 40;  // no file is larger; products of sizes do not overflow below it

/// The bytes of a file one run after another, up to its end.
class Bytes {
 public:
  explicit Bytes(const std::string& file) : input_(file) {}

  /// Appends up to `count` bytes; how many there were.
  int64_t take(int64_t count, std::string& out) {
    int64_t taken = 0;
    while (taken < count) {
      if (block_.empty()) block_ = input_.next_block();
      if (block_.empty()) break;
      const size_t piece = std::min(block_.size(), static_cast<size_t>(count - taken));
      out.append(block_.substr(0, piece));
      block_.remove_prefix(piece);
      taken += static_cast<int64_t>(piece);
    }
    return taken;
  }

  bool at_end() {
    if (block_.empty()) block_ = input_.next_block();
    return block_.empty();
  }

 private:
  InputStream input_;
  std::string_view block_;
};

[[noreturn]] void refuse_magic(const std::string& file, const std::string& head, size_t dimensions) {
  std::string found;
  for (const char byte : head) found += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  throw Error(fmt::format("{}: not an IDX file of {}: it begins with 0x{}, expected 0x000008{:02x}", file,
                          dimensions > 1 ? "images" : "labels", found, dimensions > 1 ? 3 : 1));
}

}  // namespace

IdxArray read_idx(const std::string& file, size_t dimensions) {
  Bytes bytes(file);
  std::string head;
  bytes.take(4, head);
  if (head.size() < 4 || head[0] != 0 || head[1] != 0 || static_cast<uint8_t>(head[2]) != kBytes)
    refuse_magic(file, head, dimensions);
  const auto rank = static_cast<size_t>(static_cast<uint8_t>(head[3]));
  if (rank < dimensions || rank > 4 || (dimensions == 1 && rank != 1)) refuse_magic(file, head, dimensions);
  IdxArray array;
  std::string sizes;
  const auto wanted = static_cast<int64_t>(4 * rank);
  if (bytes.take(wanted, sizes) != wanted) throw Error(file + ": cut short in its header (copy it anew)");
  int64_t total = 1;
  for (size_t i = 0; i < rank; ++i) {
    int64_t size = 0;
    for (size_t byte = 0; byte < 4; ++byte) size = size << 8 | static_cast<uint8_t>(sizes[4 * i + byte]);
    if (size == 0) throw Error(fmt::format("{}: dimension {} has size 0", file, i + 1));
    if (total > kMostBytes / size) throw Error(file + ": a shape of more bytes than any file has");
    total *= size;
    array.shape.push_back(size);
  }
  const int64_t found = bytes.take(total, array.bytes);
  if (found != total)
    throw Error(fmt::format("{}: cut short: {} bytes of data, its header says {} (copy it anew)", file, found, total));
  if (!bytes.at_end()) throw Error(fmt::format("{}: more data than the {} bytes of its header", file, total));
  return array;
}

std::string labels_beside(const std::string& images) {
  std::string name = images;
  for (const auto& [from, to] : {std::pair("images", "labels"), std::pair("idx3", "idx1")}) {
    const size_t at = name.rfind(from);
    if (at == std::string::npos)
      throw Error(images +
                  ": the name of an IDX file of images has `images` and `idx3` in it, as in "
                  "train-images-idx3-ubyte.gz (its labels: train-labels-idx1-ubyte.gz)");
    name.replace(at, std::string(from).size(), to);
  }
  return name;
}

Table read_idx_table(const std::string& images) {
  const std::string beside = labels_beside(images);
  const IdxArray pixels = read_idx(images, 2), labels = read_idx(beside, 1);
  if (labels.shape[0] != pixels.shape[0])
    throw Error(fmt::format("{}: {} labels for the {} images of {}", beside, labels.shape[0], pixels.shape[0], images));
  Table table;
  table.source = beside;
  table.target = "label";
  table.columns = static_cast<int64_t>(pixels.bytes.size()) / pixels.shape[0];
  table.values.reserve(pixels.bytes.size());
  for (const char byte : pixels.bytes) table.values.push_back(static_cast<uint8_t>(byte));
  table.labels.reserve(labels.bytes.size());
  for (const char byte : labels.bytes) table.labels.push_back(std::to_string(static_cast<uint8_t>(byte)));
  return table;
}

}  // namespace seq::numeric

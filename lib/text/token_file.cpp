// The layout of token files: a header of 48 bytes, then the ids, all little endian.
#include "text/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

#include "base/error.h"

namespace seq {
namespace {

static_assert(std::endian::native == std::endian::little, "token files are little endian");

constexpr char kMagic[8] = {'S', 'E', 'Q', 'T', 'O', 'K', 'N', '\n'};
constexpr uint32_t kVersion = 2;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t width;
  int64_t vocabulary_size;
  int64_t count;
  int64_t characters;  // of the text
  uint32_t reserved;
  uint32_t checksum;  // CRC-32 of all before it
};
static_assert(sizeof(Header) == 48);

/// Version 1 did not know the characters.
struct FirstHeader {
  char magic[8];
  uint32_t version;
  uint32_t width;
  int64_t vocabulary_size;
  int64_t count;
  uint32_t reserved;
  uint32_t checksum;
};
static_assert(sizeof(FirstHeader) == 40);

template <class AnyHeader>
std::string_view bytes_of(const AnyHeader& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

template <class AnyHeader>
uint32_t checksum(const AnyHeader& header) {
  return crc32(bytes_of(header).substr(0, sizeof header - sizeof header.checksum));
}

/// The bytes at the start of a file as a header, zeros for those that are not there.
template <class AnyHeader>
AnyHeader header_at(std::span<const std::byte> bytes) {
  AnyHeader header{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), sizeof header), reinterpret_cast<std::byte*>(&header));
  return header;
}

int width_for(int64_t vocabulary_size) {
  if (vocabulary_size <= 1 << 8) return 1;
  return vocabulary_size <= 1 << 16 ? 2 : 4;
}

template <class Id>
void write_ids(std::span<const int32_t> ids, AtomicFile& file) {
  Id narrow[4096];
  while (!ids.empty()) {
    const size_t count = std::min(ids.size(), std::size(narrow));
    for (size_t i = 0; i < count; ++i) narrow[i] = static_cast<Id>(ids[i]);
    file.write({reinterpret_cast<const char*>(narrow), count * sizeof(Id)});
    ids = ids.subspan(count);
  }
}

template <class Id>
void read_ids(const std::byte* bytes, std::span<int64_t> out) {
  for (size_t i = 0; i < out.size(); ++i) {
    Id id;
    std::memcpy(&id, bytes + i * sizeof(Id), sizeof(Id));
    out[i] = static_cast<int64_t>(id);
  }
}

}  // namespace

TokenFileWriter::TokenFileWriter(const fs::path& path, int64_t vocabulary_size)
    : file_(path), width_(width_for(vocabulary_size)), vocabulary_size_(vocabulary_size) {
  file_.write(std::string(sizeof(Header), '\0'));  // filled in by finish()
}

void TokenFileWriter::append(std::span<const int32_t> ids) {
  if (width_ == 1) write_ids<uint8_t>(ids, file_);
  if (width_ == 2) write_ids<uint16_t>(ids, file_);
  if (width_ == 4) write_ids<uint32_t>(ids, file_);
  size_ += static_cast<int64_t>(ids.size());
}

void TokenFileWriter::finish() {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.width = static_cast<uint32_t>(width_);
  header.vocabulary_size = vocabulary_size_;
  header.count = size_;
  header.characters = characters_;
  header.checksum = checksum(header);
  file_.write_at(0, bytes_of(header));
  file_.commit();
}

TokenFile::TokenFile(const fs::path& path) : file_(path), name_(path.string()) {
  const std::string& name = name_;
  const std::string remedy = " (delete it; the next training writes it anew)";
  const auto bytes = file_.bytes();
  auto header = header_at<Header>(bytes);
  if (std::memcmp(header.magic, kMagic, std::min(bytes.size(), sizeof kMagic)) != 0)
    throw Error(name + ": not a token file (expected one that seqtool wrote)");
  const auto first = header_at<FirstHeader>(bytes);
  const bool is_first = first.version == 1;
  header_size_ = is_first ? sizeof first : sizeof header;
  if (bytes.size() < header_size_)
    throw Error(fmt::format("{}: cut short: {} bytes, less than its header{}", name, bytes.size(), remedy));
  if (header.version > kVersion)
    throw Error(
        fmt::format("{}: format {}, this program reads up to {} (update seqtool)", name, header.version, kVersion));
  const bool sound = is_first ? first.checksum == checksum(first) : header.checksum == checksum(header);
  if (is_first) header.characters = first.count;  // such files held characters, or bytes
  const bool possible = header.version > 0 && (header.width == 1 || header.width == 2 || header.width == 4) &&
                        header.count >= 0 && header.count <= INT64_MAX / 8 && header.vocabulary_size >= 0 &&
                        header.characters >= 0;
  if (!sound || !possible) throw Error(name + ": damaged: the checksum of its header is wrong" + remedy);
  const uint64_t expected = header_size_ + static_cast<uint64_t>(header.count) * header.width;
  if (bytes.size() != expected)
    throw Error(fmt::format("{}: {}: {} bytes, its header says {}{}", name,
                            bytes.size() < expected ? "cut short" : "damaged", bytes.size(), expected, remedy));
  width_ = static_cast<int>(header.width);
  size_ = header.count;
  vocabulary_size_ = header.vocabulary_size;
  characters_ = header.characters;
}

void TokenFile::read(int64_t first, std::span<int64_t> out) const {
  assert(first >= 0 && first + static_cast<int64_t>(out.size()) <= size_);
  const std::byte* start = file_.bytes().data() + header_size_ + first * width_;
  if (width_ == 1) read_ids<uint8_t>(start, out);
  if (width_ == 2) read_ids<uint16_t>(start, out);
  if (width_ == 4) read_ids<uint32_t>(start, out);
  for (const int64_t id : out)
    if (id >= vocabulary_size_)
      throw Error(fmt::format("{}: damaged: id {} in a vocabulary of {} (delete it; the next training writes it anew)",
                              name_, id, vocabulary_size_));
}

}  // namespace seq

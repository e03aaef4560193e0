// Checksums and the writing of binary models.
#include "ngram/binary_format.h"

#include <cassert>

namespace seq::ngram {

void ContentSum::block(const char* bytes) {
  for (size_t lane = 0; lane < lanes_.size(); ++lane) {
    uint64_t chunk;
    std::memcpy(&chunk, bytes + 8 * lane, 8);
    lanes_[lane] = (lanes_[lane] ^ chunk) * 0x9fb21c651e98df25ULL;
    lanes_[lane] ^= lanes_[lane] >> 32;
  }
}

void ContentSum::add(std::string_view bytes) {
  total_ += bytes.size();
  if (rest_size_ > 0) {
    const size_t taken = std::min(bytes.size(), rest_.size() - rest_size_);
    std::memcpy(rest_.data() + rest_size_, bytes.data(), taken);
    rest_size_ += taken;
    bytes.remove_prefix(taken);
    if (rest_size_ < rest_.size()) return;
    block(rest_.data());
    rest_size_ = 0;
  }
  for (; bytes.size() >= rest_.size(); bytes.remove_prefix(rest_.size())) block(bytes.data());
  if (!bytes.empty()) std::memcpy(rest_.data(), bytes.data(), bytes.size());
  rest_size_ = bytes.size();
}

uint64_t ContentSum::value() const {
  ContentSum last = *this;
  std::memset(last.rest_.data() + rest_size_, 0, rest_.size() - rest_size_);
  last.block(last.rest_.data());
  uint64_t sum = total_;
  for (const uint64_t lane : last.lanes_) sum = extend_hash(sum ^ lane, 0);
  return sum;
}

uint64_t header_sum(const Header& header) {
  ContentSum sum;
  sum.add({reinterpret_cast<const char*>(&header), offsetof(Header, header_sum)});
  return sum.value();
}

ImageWriter::ImageWriter(const fs::path& path) : file_(std::make_unique<AtomicFile>(path)) {}

void ImageWriter::append(std::string_view bytes) {
  if (file_) {
    file_->write(bytes);
  } else {
    const auto* const data = reinterpret_cast<const std::byte*>(bytes.data());
    memory_->insert(memory_->end(), data, data + bytes.size());
  }
  size_ += bytes.size();
}

void ImageWriter::write(std::string_view bytes) {
  if (size_ == 0) append(std::string(kHeaderSize, '\0'));
  sum_.add(bytes);
  append(bytes);
}

uint64_t ImageWriter::begin_section() {
  if (size_ == 0) append(std::string(kHeaderSize, '\0'));
  constexpr uint64_t kSpare = 8;
  const uint64_t begin = (size_ + kSpare + 63) / 64 * 64;
  write(std::string(begin - size_, '\0'));
  return begin;
}

void ImageWriter::finish(Header& header) {
  begin_section();
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.file_size = size_;
  header.content_sum = sum_.value();
  header.header_sum = header_sum(header);
  const std::string_view bytes(reinterpret_cast<const char*>(&header), sizeof header);
  if (file_) {
    file_->write_at(0, bytes);
    file_->commit();
  } else {
    std::memcpy(memory_->data(), bytes.data(), bytes.size());
  }
}

}  // namespace seq::ngram

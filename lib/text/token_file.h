// A corpus as ids on disk, in 1, 2 or 4 bytes each, memory-mapped by training so that it may exceed memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "base/files.h"

namespace seq {

/// Writes ids one block after another; the file appears when `finish` succeeds.
class TokenFileWriter {
 public:
  /// The narrowest width that holds `vocabulary_size` ids is taken.
  TokenFileWriter(const std::filesystem::path& path, int64_t vocabulary_size);
  void append(std::span<const int32_t> ids);
  int64_t size() const { return size_; }
  /// How many characters of text the ids stand for.
  void set_characters(int64_t characters) { characters_ = characters; }
  void finish();

 private:
  AtomicFile file_;
  int width_;
  int64_t vocabulary_size_;
  int64_t size_ = 0;
  int64_t characters_ = 0;
};

/// Read-only ids. Cheap to copy a range out of; safe from several threads.
class TokenFile {
 public:
  /// Throws Error when the file is missing, foreign, truncated, or holds another count than its header says.
  explicit TokenFile(const std::filesystem::path& path);
  int64_t size() const { return size_; }
  int64_t vocabulary_size() const { return vocabulary_size_; }
  /// How many characters of text the ids stand for.
  int64_t characters() const { return characters_; }
  /// Copies ids [first, first + out.size()). Throws Error when one is not in the vocabulary (a damaged file).
  void read(int64_t first, std::span<int64_t> out) const;

 private:
  MappedFile file_;
  std::string name_;
  int width_ = 1;
  int64_t size_ = 0;
  int64_t vocabulary_size_ = 0;
  int64_t characters_ = 0;
  size_t header_size_ = 0;
};

}  // namespace seq

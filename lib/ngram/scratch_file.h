// A file without a name for what does not fit into memory while a model is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace seq::ngram {

/// Removed by the system when it is closed. Throws RunError when the disk is full.
class ScratchFile {
 public:
  /// In `folder`, the system's temporary one when empty.
  explicit ScratchFile(const std::filesystem::path& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  void write(uint64_t offset, const void* bytes, size_t size);
  void read(uint64_t offset, void* bytes, size_t size) const;
  void clear();

 private:
  std::filesystem::path folder_;
  int descriptor_ = -1;
};

}  // namespace seq::ngram

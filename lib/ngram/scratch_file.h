// A file without a name for what does not fit into memory while a model is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "ngram/write_behind.h"

namespace seq::ngram {

/// Removed by the system when it is closed. Throws RunError when the disk is full.
class ScratchFile {
 public:
  /// In `folder`, the system's temporary one when empty.
  explicit ScratchFile(const std::filesystem::path& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// Returns before the bytes are on their way; what goes wrong then is thrown by the next call.
  void write(uint64_t offset, const void* bytes, size_t size) {
    behind_->put(offset, {static_cast<const char*>(bytes), size});
  }
  void read(uint64_t offset, void* bytes, size_t size);

 private:
  void write_now(uint64_t offset, std::string_view bytes) const;

  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::unique_ptr<WriteBehind> behind_;
};

}  // namespace seq::ngram

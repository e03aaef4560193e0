// Bytes of a possibly compressed file with a look ahead, so that a format can be told by its first bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/files.h"

namespace seq::vectors {

class ByteSource {
 public:
  /// `-` is stdin. Throws Error when the file is missing or unreadable.
  explicit ByteSource(const fs::path& path);

  /// The next bytes, fewer than `count` only at the end; valid until the next call.
  std::string_view peek(size_t count);
  /// Moves past bytes that were peeked at.
  void skip(size_t count) { position_ += count, consumed_ += count; }
  /// Both.
  std::string_view take(size_t count);

  /// For messages.
  const std::string& name() const { return name_; }
  /// How many bytes were moved past.
  uint64_t consumed() const { return consumed_; }

 private:
  std::string name_;
  InputStream input_;
  std::string buffer_;
  size_t position_ = 0;
  uint64_t consumed_ = 0;
  bool ended_ = false;
};

}  // namespace seq::vectors

// A buffer over InputStream.
#include "vectors/byte_source.h"

#include "text/lines.h"

namespace seq::vectors {

ByteSource::ByteSource(const fs::path& path) : name_(shown_name(path)), input_(path) {}

std::string_view ByteSource::peek(size_t count) {
  while (!ended_ && buffer_.size() - position_ < count) {
    if (position_ > 0) {
      buffer_.erase(0, position_);
      position_ = 0;
    }
    const std::string_view block = input_.next_block();
    buffer_ += block;
    ended_ = block.empty();
  }
  return std::string_view(buffer_).substr(position_, count);
}

std::string_view ByteSource::take(size_t count) {
  const std::string_view bytes = peek(count);
  skip(bytes.size());
  return bytes;
}

}  // namespace seq::vectors

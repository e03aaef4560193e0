// CRC-32, the one of zip and PNG, at the speed of memory.
#pragma once

#include <cstdint>
#include <string_view>

namespace seq {

/// The checksum of bytes that come in pieces.
class Crc32 {
 public:
  void add(std::string_view bytes);
  uint32_t value() const { return ~state_; }

 private:
  uint32_t state_ = 0xFFFFFFFF;
};

/// Of some bytes at once.
inline uint32_t crc32(std::string_view bytes) {
  Crc32 crc;
  crc.add(bytes);
  return crc.value();
}

}  // namespace seq

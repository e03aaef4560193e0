// Looking for white space of ASCII, eight bytes at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace seq {

/// The place of the first space or control character (a byte of at most 0x20) at or after `at`; the size when there is
/// none.
inline size_t find_low_byte(std::string_view text, size_t at) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    // The high bit of each byte below 0x21; borrows come after the first of them only.
    const uint64_t low = (bytes - 0x21 * kOnes) & ~bytes & (0x80 * kOnes);
    if (low != 0) return at + static_cast<size_t>(std::countr_zero(low)) / 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) > 0x20) ++at;
  return at;
}

}  // namespace seq

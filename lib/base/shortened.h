// Texts of others in messages and pages: of any length, shown up to a sane one.
#pragma once

#include <string>
#include <string_view>

namespace seq {

/// The text, or its beginning with `mark` behind it, of at most `most` bytes in all; UTF-8 characters stay whole.
inline std::string shortened(std::string_view text, size_t most, std::string_view mark = " …") {
  if (text.size() <= most) return std::string(text);
  size_t end = most > mark.size() ? most - mark.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(mark);
}

}  // namespace seq

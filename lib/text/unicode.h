// Classes of characters as HF tokenizers and its regular expressions define them: tables for ASCII, ICU for the rest.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace seq {

/// What a code point is; a letter is a word character too.
enum CharacterClass : uint8_t {
  kLetter = 1,         ///< \p{L}
  kNumber = 2,         ///< \p{N}
  kWhiteSpace = 4,     ///< \s
  kWordCharacter = 8,  ///< \w
  kPunctuation = 16,   ///< \p{P}, and all signs of ASCII
};

uint8_t unicode_class(int32_t code_point);

namespace detail {
constexpr std::array<uint8_t, 128> make_ascii_classes() {
  std::array<uint8_t, 128> classes{};
  for (size_t c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    uint8_t value = 0;
    if (letter) value |= kLetter | kWordCharacter;
    if (digit) value |= kNumber | kWordCharacter;
    if (c == ' ' || (c >= 9 && c <= 13)) value |= kWhiteSpace;
    if (c > 32 && c < 127 && !letter && !digit) value |= kPunctuation;
    if (c == '_') value |= kWordCharacter;
    classes[c] = value;
  }
  return classes;
}
inline constexpr std::array<uint8_t, 128> kAsciiClasses = make_ascii_classes();
}  // namespace detail

inline uint8_t character_class(int32_t code_point) {
  const auto index = static_cast<size_t>(code_point);
  return index < 128 ? detail::kAsciiClasses[index] : unicode_class(code_point);
}

/// The code point at `position` (which is inside `text`), U+FFFD for what is not UTF-8; moves past it.
int32_t take_code_point(std::string_view text, size_t& position);
/// The code point that ends at `end` > 0.
int32_t code_point_before(std::string_view text, size_t end);
/// True when no byte is above 0x7f.
bool is_ascii(std::string_view text);

}  // namespace seq

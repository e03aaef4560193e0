// Character classes by ICU.
#include "text/unicode.h"

#include <unicode/uchar.h>

#include "text/utf8.h"

namespace seq {

uint8_t unicode_class(int32_t code_point) {
  const uint32_t mask = U_GET_GC_MASK(code_point);
  uint8_t value = 0;
  if ((mask & U_GC_L_MASK) != 0) value |= kLetter | kWordCharacter;
  if ((mask & U_GC_N_MASK) != 0) value |= kNumber;
  if ((mask & U_GC_P_MASK) != 0) value |= kPunctuation;
  if ((mask & (U_GC_ND_MASK | U_GC_M_MASK | U_GC_PC_MASK)) != 0 || code_point == 0x200C || code_point == 0x200D)
    value |= kWordCharacter;
  if ((mask & (U_GC_NL_MASK | U_GC_SO_MASK)) != 0 && u_hasBinaryProperty(code_point, UCHAR_ALPHABETIC) != 0)
    value |= kWordCharacter;
  if ((mask & (U_GC_Z_MASK | U_GC_CC_MASK)) != 0 && u_isUWhiteSpace(code_point) != 0) value |= kWhiteSpace;
  return value;
}

int32_t take_code_point(std::string_view text, size_t& position) {
  const auto first = static_cast<unsigned char>(text[position]);
  if (first < 0x80) {
    ++position;
    return first;
  }
  const int32_t code_point = next_code_point(text, position);
  return code_point < 0 ? kReplacementCharacter : code_point;
}

int32_t code_point_before(std::string_view text, size_t end) {
  size_t begin = end - 1;
  while (begin > 0 && end - begin < 4 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return take_code_point(text, begin);
}

bool is_ascii(std::string_view text) {
  size_t i = 0;
  while (i + 8 <= text.size() && is_ascii8(text.data() + i)) i += 8;
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i == text.size();
}

}  // namespace seq

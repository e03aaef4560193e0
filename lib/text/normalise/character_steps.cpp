// Case, accents and clean-up by ICU's tables, with short ways for ASCII.
#include "text/normalise/character_steps.h"

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include "text/utf8.h"

namespace seq {
namespace {

bool is_mark(int32_t code_point) {
  return (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0;
}

}  // namespace

void lower_case(AlignedText& text) {
  if (is_ascii(text.text)) {
    for (char& c : text.text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return;
  }
  for_each_character(text, [](Rewrite& rewrite, int32_t code_point, size_t bytes) {
    // U+0130 is the one character whose lower case, by itself, is two.
    const int32_t lower = code_point == 0x130 ? 'i' : u_tolower(code_point);
    if (lower == code_point) {
      rewrite.keep(bytes);
    } else {
      rewrite.replace(lower, bytes);
    }
    if (code_point == 0x130) rewrite.insert("\u0307");
  });
}

void fold_case(AlignedText& text) {
  if (is_ascii(text.text)) return lower_case(text);
  for_each_character(text, [](Rewrite& rewrite, int32_t code_point, size_t bytes) {
    UChar source[2], folded[8];
    int32_t length = 0;
    U16_APPEND_UNSAFE(source, length, code_point);
    UErrorCode status = U_ZERO_ERROR;
    const int32_t size = u_strFoldCase(folded, 8, source, length, U_FOLD_CASE_DEFAULT, &status);
    for (int32_t i = 0; i < size;) {
      const bool first = i == 0;
      int32_t next = 0;
      U16_NEXT(folded, i, size, next);
      if (first) {
        rewrite.replace(next, bytes);
      } else {
        std::string more;
        append_utf8(next, more);
        rewrite.insert(more);
      }
    }
  });
}

void strip_accents(AlignedText& text) {
  if (!is_ascii(text.text)) drop_characters(text, is_mark);
}

void clean_nmt(AlignedText& text) {
  drop_characters(text, [](int32_t c) {
    return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  });
  for_each_character(text, [](Rewrite& rewrite, int32_t c, size_t bytes) {
    const bool space = c == 9 || c == 10 || c == 12 || c == 13 || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                       c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    if (space) {
      rewrite.replace(' ', bytes);
    } else {
      rewrite.keep(bytes);
    }
  });
}

}  // namespace seq

// Steps that look at one character at a time.
#pragma once

#include "text/normalise/aligned_text.h"
#include "text/unicode.h"

namespace seq {

/// Calls `use(code point, bytes)` for each character; it goes on with the rewrite.
template <class Use>
void for_each_character(AlignedText& text, const Use& use) {
  Rewrite rewrite(text);
  for (size_t next = 0; next < text.text.size();) {
    const size_t at = next;
    const int32_t code_point = take_code_point(text.text, next);
    use(rewrite, code_point, next - at);
  }
  rewrite.finish();
}

template <class Drop>
void drop_characters(AlignedText& text, const Drop& drop) {
  for_each_character(text, [&](Rewrite& rewrite, int32_t code_point, size_t bytes) {
    if (drop(code_point)) {
      rewrite.drop(bytes);
    } else {
      rewrite.keep(bytes);
    }
  });
}

/// Lower case character by character, as HF tokenizers: no rule for the last sigma.
void lower_case(AlignedText& text);
/// Full case folding: `ß` becomes `ss`.
void fold_case(AlignedText& text);
/// Takes out the combining marks.
void strip_accents(AlignedText& text);
/// SentencePiece's clean-up: control characters out, odd white space to spaces.
void clean_nmt(AlignedText& text);

}  // namespace seq

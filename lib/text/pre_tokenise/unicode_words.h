// Words by Unicode Standard Annex 29.
#pragma once

#include <memory>

#include "text/pre_tokenise/pre_tokenizer.h"

namespace seq {

/// Cuts at ICU's word boundaries, with its dictionaries for scripts without spaces. White space is lost, signs are
/// words. Throws Error when ICU lacks the data.
std::unique_ptr<PreTokenizer> unicode_words();

}  // namespace seq

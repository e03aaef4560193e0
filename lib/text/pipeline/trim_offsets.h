// Places of tokens without the white space at their ends.
#pragma once

#include <span>
#include <string_view>

#include "text/pipeline/framing.h"
#include "text/vocabulary.h"

namespace seq {

/// White space at the ends of a token is no part of its place in `text`. As many characters of the text are left out as
/// the token has of it, although one may stand for a part of a character. `prefixed`: the first token's space was
/// added.
void trim_offsets(std::string_view text, std::span<TokenSpan> spans, const Vocabulary& vocabulary, bool prefixed);

}  // namespace seq

// As HF tokenizers' ByteLevel and RobertaProcessing do it.
#include "text/pipeline/trim_offsets.h"

#include "text/unicode.h"

namespace seq {

void trim_offsets(std::string_view text, std::span<TokenSpan> spans, const Vocabulary& vocabulary, bool prefixed) {
  const auto is_tail = [&](size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  const auto is_space = [](int32_t c) { return c == 0x120 || (character_class(c) & kWhiteSpace) != 0; };  // Ġ
  for (TokenSpan& span : spans) {
    const std::string_view token = span.surface.empty() ? vocabulary.token(span.id) : std::string_view(span.surface);
    size_t leading = 0, trailing = 0;
    for (size_t at = 0; at < token.size() && is_space(take_code_point(token, at));) ++leading;
    for (size_t at = token.size(); at > 0 && is_space(code_point_before(token, at)); ++trailing) {
      --at;
      while (at > 0 && (static_cast<unsigned char>(token[at]) & 0xC0) == 0x80) --at;
    }
    const bool added = prefixed && (&span == &spans.front() || span.begin == 0);
    if (leading == 1 && added) leading = 0;
    for (; leading > 0 && span.begin < span.end; --leading) do
        ++span.begin;
      while (is_tail(span.begin));
    for (; trailing > 0 && span.end > span.begin; --trailing) do
        --span.end;
      while (is_tail(span.end));
  }
}

}  // namespace seq

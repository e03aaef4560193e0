// Looking for safe places to cut.
#include "text/pipeline/locality.h"

#include "text/unicode.h"

namespace seq {
namespace {

/// Whether a text may be cut before the byte at `at`, which is a space or a line end with a byte before it.
bool may_cut(std::string_view text, size_t at, const Locality& locality) {
  const auto before = static_cast<unsigned char>(text[at - 1]);
  if (before < 0x80) {
    const uint8_t kind = character_class(before);
    if (locality.after_alphanumeric ? (kind & (kLetter | kNumber)) == 0 : (kind & kWhiteSpace) != 0 || before < 32)
      return false;
  } else if (locality.after_alphanumeric || (character_class(code_point_before(text, at)) & kWhiteSpace) != 0) {
    return false;
  }
  return at + 1 == text.size() || !locality.unless_next[static_cast<unsigned char>(text[at + 1])];
}

bool is_candidate(char byte, const Locality& locality) {
  return (byte == ' ' && locality.before_space) || (byte == '\n' && locality.before_newline);
}

}  // namespace

size_t last_cut(std::string_view text, const Locality& locality) {
  for (size_t at = text.size(); at-- > 1;)
    // What follows the last byte is not known.
    if (is_candidate(text[at], locality) && at + 1 < text.size() && may_cut(text, at, locality)) return at;
  return 0;
}

size_t next_cut(std::string_view text, size_t from, const Locality& locality) {
  if (!locality.before_space) return text.size();
  for (size_t at = from + 1; at < text.size(); ++at)
    if (is_candidate(text[at], locality) && may_cut(text, at, locality)) return at;
  return text.size();
}

}  // namespace seq

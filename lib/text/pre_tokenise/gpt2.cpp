// One alternative of the expression after the other.
#include "text/pre_tokenise/gpt2.h"

#include "text/unicode.h"

namespace seq {
namespace {

constexpr uint8_t kKinds = kLetter | kNumber | kWhiteSpace;

/// Where the run of characters ends that are of one kind: letters, numbers, white space, or none of them (0).
size_t run_end(std::string_view text, size_t at, uint8_t kind) {
  while (at < text.size()) {
    size_t next = at;
    if ((character_class(take_code_point(text, next)) & kKinds) != kind) break;
    at = next;
  }
  return at;
}

size_t contraction(std::string_view text, size_t begin) {
  const std::string_view rest = text.substr(begin + 1, 2);
  if (rest.empty()) return 0;
  if (rest[0] == 's' || rest[0] == 't' || rest[0] == 'm' || rest[0] == 'd') return begin + 2;
  return rest == "re" || rest == "ve" || rest == "ll" ? begin + 3 : 0;
}

}  // namespace

size_t gpt2_match(std::string_view text, size_t begin) {
  if (text[begin] == '\'')
    if (const size_t end = contraction(text, begin); end != 0) return end;
  size_t at = begin + (text[begin] == ' ' ? 1 : 0);
  if (at < text.size()) {
    size_t next = at;
    const uint8_t kind = character_class(take_code_point(text, next)) & kKinds;
    if (kind != kWhiteSpace) return run_end(text, next, kind);
  }
  const size_t end = run_end(text, begin, kWhiteSpace);
  if (end == text.size()) return end;
  // The last one of several is left to the word that follows: it is a space, or stands by itself.
  size_t last = end - 1;
  while (last > begin && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80) --last;
  return last > begin ? last : end;
}

}  // namespace seq

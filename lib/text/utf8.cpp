// Decoding by ICU's macros, with a path for runs of ASCII.
#include "text/utf8.h"

#include <fmt/format.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/error.h"

namespace seq {
namespace {

/// Where the run of ASCII that starts at `from` ends, to within eight bytes before its true end.
size_t skip_ascii(std::string_view text, size_t from) {
  while (from + 32 <= text.size()) {
    uint64_t words[4];
    std::memcpy(words, text.data() + from, sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080ULL) != 0) break;
    from += 32;
  }
  while (from + 8 <= text.size() && is_ascii8(text.data() + from)) from += 8;
  return from;
}

/// How many bytes at the end begin a code point that the next block may finish.
size_t unfinished_bytes(std::string_view text) {
  const size_t most = std::min<size_t>(3, text.size());
  for (size_t back = 1; back <= most; ++back) {
    const auto lead = static_cast<uint8_t>(text[text.size() - back]);
    if (U8_IS_TRAIL(lead)) continue;
    if (!U8_IS_LEAD(lead) || static_cast<size_t>(U8_COUNT_TRAIL_BYTES(lead)) < back) return 0;
    size_t position = text.size() - back;
    const int32_t code_point = next_code_point(text, position);
    return code_point < 0 && position == text.size() ? back : 0;
  }
  return 0;
}

}  // namespace

int32_t next_code_point(std::string_view text, size_t& position) {
  int32_t code_point = 0;
  const char* bytes = text.data();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // inside the macro
  U8_NEXT(bytes, position, text.size(), code_point);
#pragma GCC diagnostic pop
  return code_point < 0 ? -1 : code_point;
}

void append_utf8(int32_t code_point, std::string& text) {
  char bytes[U8_MAX_LENGTH];
  int32_t size = 0;
  if (!U_IS_UNICODE_CHAR(code_point) && !U_IS_UNICODE_NONCHAR(code_point)) code_point = kReplacementCharacter;
  U8_APPEND_UNSAFE(bytes, size, code_point);
  text.append(bytes, static_cast<size_t>(size));
}

size_t find_invalid_utf8(std::string_view text, size_t from) {
  while ((from = skip_ascii(text, from)) < text.size()) {
    // Up to eight bytes of the mixed text, before the next look for a run of ASCII.
    const size_t stop = std::min(text.size(), from + 8);
    while (from < stop) {
      const size_t start = from;
      if (next_code_point(text, from) < 0) return start;
    }
  }
  return std::string_view::npos;
}

void append_replaced(std::string_view text, std::string& out) {
  size_t position = 0;
  for (;;) {
    const size_t bad = find_invalid_utf8(text, position);
    out += text.substr(position, bad == std::string_view::npos ? bad : bad - position);
    if (bad == std::string_view::npos) return;
    append_utf8(kReplacementCharacter, out);
    position = bad;
    next_code_point(text, position);
  }
}

size_t count_code_points(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  size_t count = 0;
  size_t i = 0;
  while (i + 8 <= text.size()) {
    // One counter in each byte of `counts`, for as many words as a byte can count.
    uint64_t counts = 0;
    const size_t stop = i + 8 * std::min<size_t>(255, (text.size() - i) / 8);
    for (; i < stop; i += 8) {
      uint64_t word = 0;
      std::memcpy(&word, text.data() + i, sizeof word);
      counts += ((~word >> 7) | (word >> 6)) & kOnes;  // all but 10xxxxxx
    }
    constexpr uint64_t kHalves = 0x00FF00FF00FF00FFULL;
    count += (((counts & kHalves) + ((counts >> 8) & kHalves)) * 0x0001000100010001ULL) >> 48;
  }
  for (; i < text.size(); ++i) count += U8_IS_TRAIL(static_cast<uint8_t>(text[i])) ? 0 : 1;
  return count;
}

size_t code_point_offset(std::string_view text, size_t n) {
  size_t position = 0;
  while (n >= 8 && position < text.size()) {  // n bytes hold at most n code points
    const size_t step = std::min(n, text.size() - position);
    n -= count_code_points(text.substr(position, step));
    position += step;
  }
  const auto inside = [&] { return position < text.size() && U8_IS_TRAIL(static_cast<uint8_t>(text[position])); };
  while (inside()) ++position;  // of the code point counted last
  for (; n > 0 && position < text.size(); --n) {
    ++position;
    while (inside()) ++position;
  }
  return position;
}

std::string shown_character(int32_t code_point) {
  std::string number = fmt::format("U+{:04X}", code_point);
  if (u_isprint(code_point) == 0 || u_isspace(code_point) != 0) return number;
  std::string text = "\"";
  append_utf8(code_point, text);
  return text + "\" (" + number + ")";
}

std::string invalid_utf8_message(char byte) {
  return fmt::format("not valid UTF-8 (0x{:02x}); --invalid-utf8 replace goes on", static_cast<unsigned char>(byte));
}

void Utf8Blocks::refuse(std::string_view text, size_t bad) const {
  const uint64_t line =
      line_ + static_cast<uint64_t>(std::count(text.begin(), text.begin() + std::ptrdiff_t(bad), '\n'));
  const std::string place = fmt::format("{}: byte {} (line {}): ", name_, offset_ + bad, line);
  if (text[bad] != '\0') throw Error(place + invalid_utf8_message(text[bad]));
  const bool utf16 = offset_ == 0 && (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"));
  throw Error(place + (utf16 ? "this is UTF-16, expected UTF-8 (iconv -f utf-16 -t utf-8 converts it)"
                             : "a NUL byte, so this looks binary, expected text in UTF-8"));
}

std::string_view Utf8Blocks::feed(std::string_view block) {
  if (invalid_ == InvalidUtf8::keep) return block;
  std::string_view text = block;
  if (!pending_.empty()) {
    joined_.assign(pending_).append(block);
    text = joined_;
  }
  const size_t tail = unfinished_bytes(text);
  pending_.assign(text.substr(text.size() - tail));
  text.remove_suffix(tail);

  if (invalid_ == InvalidUtf8::refuse) {
    const size_t nul = text.find('\0');
    if (nul != std::string_view::npos) refuse(text, nul);
  }
  const size_t bad = find_invalid_utf8(text);
  if (bad != std::string_view::npos && invalid_ == InvalidUtf8::refuse) refuse(text, bad);
  offset_ += text.size();
  line_ += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
  if (bad == std::string_view::npos) return text;
  replaced_.clear();
  append_replaced(text, replaced_);
  return replaced_;
}

std::string_view Utf8Blocks::finish() {
  if (pending_.empty()) return {};
  if (invalid_ == InvalidUtf8::refuse) refuse(pending_, 0);
  pending_.clear();
  replaced_.clear();
  append_utf8(kReplacementCharacter, replaced_);
  return replaced_;
}

}  // namespace seq

// UTF-8: validation with the place of the bad byte, and one code point at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace seq {

/// What to do with bytes that are not UTF-8.
enum class InvalidUtf8 { refuse, replace, keep };

/// By its name in configs and on the command line.
inline InvalidUtf8 invalid_utf8_mode(std::string_view name) {
  return name == "replace" ? InvalidUtf8::replace : name == "keep" ? InvalidUtf8::keep : InvalidUtf8::refuse;
}

/// U+FFFD, which stands for what could not be decoded.
inline constexpr int32_t kReplacementCharacter = 0xFFFD;

/// One more than the last code point of Unicode.
inline constexpr int32_t kCodePoints = 0x110000;

/// Decodes the code point at `position` (which is inside `text`) and moves past it; -1 for an ill-formed sequence
/// (maximal subpart skipped, as Unicode recommends for replacement).
int32_t next_code_point(std::string_view text, size_t& position);

/// A code point that is none (a surrogate, say) gives U+FFFD.
void append_utf8(int32_t code_point, std::string& text);

/// The offset of the first byte that is not UTF-8 at or after `from`; npos when there is none.
size_t find_invalid_utf8(std::string_view text, size_t from = 0);

/// Appends `text` with U+FFFD for every ill-formed sequence.
void append_replaced(std::string_view text, std::string& out);

/// How many code points a valid text has.
size_t count_code_points(std::string_view text);

/// The offset of the n-th code point (from 0) of a valid text; its size when it has no more than n.
size_t code_point_offset(std::string_view text, size_t n);

/// True when the eight bytes at `bytes` are ASCII.
inline bool is_ascii8(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return (word & 0x8080808080808080ULL) == 0;
}

/// A code point for messages: `"é" (U+00E9)`, and `U+000A` alone for what does not show.
std::string shown_character(int32_t code_point);

/// `not valid UTF-8 (0xff); --invalid-utf8 replace goes on`: an error message that still lacks its place.
std::string invalid_utf8_message(char byte);

/// Blocks of text cut at code-point borders out of blocks cut anywhere.
/// `refuse` throws Error(`corpus.txt: byte 1234 (line 17): not valid UTF-8 (0xff); --invalid-utf8 replace goes on`),
/// and for input with NUL bytes says that it looks binary; `replace` puts U+FFFD and lets NUL through. Bytes are
/// counted from 0, lines from 1, in what a compressed file unpacks to.
class Utf8Blocks {
 public:
  Utf8Blocks(std::string name, InvalidUtf8 invalid) : name_(std::move(name)), invalid_(invalid) {}
  /// Valid text out of the next block, valid until the next call or the end of the block's life; the tail of an
  /// unfinished code point is kept for the next call.
  std::string_view feed(std::string_view block);
  /// At the end of input: what an unfinished code point becomes.
  std::string_view finish();

 private:
  [[noreturn]] void refuse(std::string_view text, size_t bad) const;

  std::string name_;
  InvalidUtf8 invalid_;
  std::string pending_;
  std::string joined_;
  std::string replaced_;
  uint64_t offset_ = 0;
  uint64_t line_ = 1;
};

}  // namespace seq

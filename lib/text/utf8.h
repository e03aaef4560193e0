// UTF-8: validation with the place of the bad byte, and one code point at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seq {

/// What to do with bytes that are not UTF-8.
enum class InvalidUtf8 { refuse, replace };

/// Decodes the code point at `position` and moves past it; -1 for an ill-formed sequence (maximal subpart skipped,
/// as Unicode recommends for replacement).
int32_t next_code_point(std::string_view text, size_t& position);

void append_utf8(int32_t code_point, std::string& text);

/// Throws Error(`byte 12: not valid UTF-8 (0xff)`) unless the text is well-formed.
void require_utf8(std::string_view text);

/// Blocks of text cut at code-point borders out of blocks cut anywhere.
/// `refuse` throws Error(`corpus.txt: byte 1234 (line 17): not valid UTF-8 (0xff); --invalid-utf8 replace goes on`),
/// and for input with NUL bytes says that it looks binary; `replace` puts U+FFFD.
class Utf8Blocks {
 public:
  Utf8Blocks(std::string name, InvalidUtf8 invalid) : name_(std::move(name)), invalid_(invalid) {}
  /// Valid text out of the next block, valid until the next call; the tail of an unfinished code point is kept for it.
  std::string_view feed(std::string_view block);
  /// At the end of input: what an unfinished code point becomes.
  std::string_view finish();

 private:
  std::string name_;
  InvalidUtf8 invalid_;
  std::string pending_;
  std::string out_;
  uint64_t offset_ = 0;
  uint64_t line_ = 1;
};

}  // namespace seq

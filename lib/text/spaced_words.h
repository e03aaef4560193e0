// Texts whose words stand between white space and whose lines are sentences, in pieces for several threads.
//
//   SpacedPieces pieces(files, InvalidUtf8::refuse);
//   std::string piece;
//   while (pieces.next(piece)) each_spaced_word(piece, [](std::string_view word, size_t) { … }, [] { /* a line's end */
//   });
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "text/low_bytes.h"
#include "text/text_reader.h"
#include "text/unicode.h"

namespace seq {

/// Cuts files into pieces of about 256 KiB that end behind white space of ASCII (or with the file, which ends a line).
class SpacedPieces {
 public:
  /// `progress` is called with the number of bytes read; it may throw to end the work.
  SpacedPieces(
      std::vector<std::string> files, InvalidUtf8 invalid, std::function<void(int64_t bytes)> progress = [](int64_t) {})
      : reader_(std::move(files), invalid), progress_(std::move(progress)) {}
  /// False, and an empty piece, at the end.
  bool next(std::string& piece);

 private:
  TextReader reader_;
  std::function<void(int64_t bytes)> progress_;
  std::string name_;  ///< of the file that `rest_` is from
  std::string rest_;  ///< what follows the last piece
  int64_t bytes_ = 0;
  bool ended_ = false;
};

namespace detail {

/// Words between the white space that is not ASCII's.
template <class Word>
void split_at_wide_space(std::string_view text, const Word& word) {
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    if ((character_class(take_code_point(text, at)) & kWhiteSpace) == 0) continue;
    if (begin < from) word(text.substr(begin, from - begin), from - begin);
    begin = at;
  }
  if (begin < text.size()) word(text.substr(begin), text.size() - begin);
}

}  // namespace detail

/// Calls `word(text, readable)` for each word, of which `readable` bytes from its first on may be read, and
/// `line_end()` for each `\n`. White space is Unicode's, as for the pre-tokenizer `whitespace_split`.
template <class Word, class LineEnd>
void each_spaced_word(std::string_view piece, const Word& word, const LineEnd& line_end) {
  size_t begin = 0;
  for (size_t at = 0; begin < piece.size(); ++at) {
    at = find_low_byte(piece, at);
    if (at < piece.size() && (character_class(piece[at]) & kWhiteSpace) == 0) continue;
    if (begin < at) {
      const std::string_view text = piece.substr(begin, at - begin);
      if (is_ascii(text)) {
        word(text, piece.size() - begin);
      } else {
        detail::split_at_wide_space(text, word);
      }
    }
    if (at < piece.size() && piece[at] == '\n') line_end();
    begin = at + 1;
  }
}

}  // namespace seq

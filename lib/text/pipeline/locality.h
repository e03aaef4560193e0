// Where a text may be cut so that the tokens of its parts are the tokens of the whole.
#pragma once

#include <bitset>
#include <string_view>

namespace seq {

/// What a pipeline promises of cuts. A part after the first begins with the space that it was cut before. A
/// pre-tokenizer adds the promises, and every other step takes away what it cannot keep.
struct Locality {
  bool before_space = false;        ///< between a character that is no white space and U+0020
  bool before_newline = false;      ///< between such a character and `\n`
  bool after_alphanumeric = false;  ///< but only where that character is a letter or digit of ASCII
  bool runs_matter = false;         ///< tokens depend on how much white space stands together
  bool forbidden = false;           ///< no step can promise anything any more
  std::bitset<256> unless_next;     ///< no cut before a space that one of these bytes follows

  void forbid() {
    *this = {};
    forbidden = true;
  }
  /// What a step promises that cuts at white space.
  void cut_at_white_space() {
    if (before_space) return;
    before_space = true;
    before_newline = true;
  }
};

/// The last place at which a text that goes on may be cut, 0 when there is none.
size_t last_cut(std::string_view text, const Locality& locality);
/// The first place after `from` at which a text may be cut; its end when there is none.
size_t next_cut(std::string_view text, size_t from, const Locality& locality);

}  // namespace seq

// Where a text may be cut so that the tokens of its parts are the tokens of the whole.
#pragma once

#include <bitset>
#include <string_view>

namespace seq {

/// What a pipeline promises of cuts. A part after the first begins with the white space that it was cut before. Each
/// step of a pipeline takes away what it cannot promise.
struct Locality {
  bool before_space = false;     ///< between a character that is no white space and U+0020
  bool before_newline = false;   ///< between such a character and `\n`
  bool everywhere = false;       ///< between any two characters
  std::bitset<256> unless_next;  ///< no cut before a space that one of these bytes follows

  void forbid() { *this = {}; }
};

/// The last place at which a text may be cut, 0 when there is none but its start.
size_t last_cut(std::string_view text, const Locality& locality);
/// The first place after `from` at which a text may be cut; its end when there is none.
size_t next_cut(std::string_view text, size_t from, const Locality& locality);

}  // namespace seq

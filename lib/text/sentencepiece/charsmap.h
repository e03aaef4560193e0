// SentencePiece's normalisation: a table of replacements, white space, and the mark that stands for a space.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/subword/trie.h"

namespace seq {

/// What `normalizer_spec` says.
struct CharsmapOptions {
  std::string charsmap;  ///< a double array (darts-clone) and the replacements it points to; empty: none
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
  bool whitespace_as_suffix = false;  ///< of the trainer's: the mark goes behind words
};

/// A text after normalisation, and where each of its bytes comes from: one place more than bytes.
struct MappedText {
  std::string text;
  std::vector<uint32_t> origins;
};

/// The mark that stands for a space.
inline constexpr std::string_view kSpaceMark = "\u2581";

class Charsmap {
 public:
  /// `kept`: strings that no rule may touch, the longest wins. Throws Error(`<place>: …`) for a damaged table.
  Charsmap(CharsmapOptions options, Trie kept, const std::string& place);
  /// Replaces `normal`.
  void apply(std::string_view text, MappedText& normal) const;
  const CharsmapOptions& options() const { return options_; }

 private:
  struct Step {
    std::string_view text;
    size_t consumed;
  };
  Step next(std::string_view text) const;
  uint32_t unit(size_t index) const;

  CharsmapOptions options_;
  Trie kept_;
  std::string_view units_;
  std::string_view replacements_;
};

/// How long the longest key at the start of a text is, 0 for none.
size_t longest_match(const Trie& trie, std::string_view text);

}  // namespace seq

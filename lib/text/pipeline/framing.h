// What is put around the tokens of a text: templates such as `BOS $A SEP $B EOS`, truncation, padding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/vocabulary.h"

namespace seq {

/// A token with its place in the text; those put around have none, [0, 0).
struct TokenSpan {
  int32_t id;
  size_t begin;
  size_t end;
};

/// A place of a template: a text (0 for A, 1 for B), or tokens.
struct TemplatePiece {
  int sequence = -1;                ///< -1: `ids`
  std::string name;                 ///< of the special token in `special_tokens`
  std::vector<int32_t> ids;
  int64_t type = 0;
};
using Template = std::vector<TemplatePiece>;

/// How a text is cut to a length.
struct Truncation {
  int64_t length = 512;
  bool left = false;                      ///< cut at the start
  std::string strategy = "longest_first"; ///< or only_first, only_second
  int64_t stride = 0;                     ///< kept for the file; overlapping rests are not given out
};

/// How a list of ids is filled up to a length.
struct Padding {
  std::optional<int64_t> length;   ///< none: to the longest
  bool left = false;
  int64_t multiple = 0;            ///< rounded up to one of it; 0: not
  int32_t id = 0;
  int64_t type = 0;
  std::string token;
};

/// The sections `post_processor`, `truncation` and `padding` of tokenizer.json.
class Framing {
 public:
  /// Throws Error with `name` and the key.
  static Framing from_json(const Json& post_processor, const Json& truncation, const Json& padding,
                           const Vocabulary& vocabulary, const std::string& name);
  /// Puts the ids of one text, or of a pair, into their frame. `pair` may be null.
  void frame(const std::vector<int32_t>& ids, const std::vector<int32_t>* pair, std::vector<int32_t>& out) const;
  void frame(const std::vector<TokenSpan>& spans, const std::vector<TokenSpan>* pair, std::vector<TokenSpan>& out) const;
  bool empty() const;

  Json post_processor;  ///< as it was read, or null
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
  Template single, both;
  bool trim_offsets = false;      ///< white space is no part of a token's place (ByteLevel, Roberta)
  bool add_prefix_space = false;  ///< and the first token's added space is known to be one
};

}  // namespace seq

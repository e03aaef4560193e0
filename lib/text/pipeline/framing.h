// What is put around the tokens of a text: templates such as `BOS $A SEP $B EOS`, truncation, padding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/vocabulary.h"

namespace seq {

/// A token and where it stands in its text, in bytes; those that were put around it have no place, [0, 0).
struct TokenSpan {
  int32_t id;
  size_t begin;
  size_t end;
  std::string surface = {};  ///< its spelling, where that is not the vocabulary's
};

/// A place of a template: one of the texts, or tokens.
struct TemplatePiece {
  int sequence = -1;  ///< 0: $A, 1: $B, -1: `ids`
  std::vector<int32_t> ids;
};
using Template = std::vector<TemplatePiece>;

/// How a text, or a pair of them, is cut to a length, that of the template's tokens included.
struct Truncation {
  int64_t length = 512;
  bool left = false;                       ///< cut at the start
  std::string strategy = "longest_first";  ///< or only_first, only_second
  int64_t stride = 0;                      ///< kept for the file: what is cut off is not given out
};

/// How a list of ids is filled up.
struct Padding {
  std::optional<int64_t> length;  ///< none: to the longest of a batch
  bool left = false;
  int64_t multiple = 0;  ///< the length is rounded up to one of this; 0: it is not
  int32_t id = 0;
  int64_t type = 0;  ///< kept for the file
  std::string token;
};

/// The sections `post_processor`, `truncation` and `padding` of tokenizer.json. Without a template the texts stand one
/// after another.
class Framing {
 public:
  /// Reads the three sections, each of which may be null. Throws Error with `name` and the key.
  static Framing from_json(const Json& post_processor, const Json& truncation, const Json& padding,
                           const Vocabulary& vocabulary, const std::string& name);
  /// A template as in `<s> $A <sep> $B </s>`; what stands from $B's side on is left out for a single text (see
  /// docs/tokenizers.md). Throws Error when a token is not in the vocabulary.
  void set_template(const std::string& text, const Vocabulary& vocabulary);

  /// Whether nothing is to be done to a single text.
  bool empty() const { return single.empty() && !truncation && !padding; }
  Json post_processor_json() const { return post_processor_; }
  Json truncation_json() const;
  Json padding_json() const;

  /// The tokens of a text, or of a pair when `pair` is not null, in their frame. `specials`: with the template's
  /// tokens.
  template <class Token>
  std::vector<Token> frame(std::vector<Token> first, std::vector<Token>* pair, bool specials) const;

  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
  Template single, both;
  bool trim_offsets = false;      ///< white space is no part of a token's place (ByteLevel, RobertaProcessing)
  bool add_prefix_space = false;  ///< but the space before the first token is one that was added

 private:
  void read_post_processor(const Json& json, const Vocabulary& vocabulary, const std::string& place);

  Json post_processor_;
};

}  // namespace seq

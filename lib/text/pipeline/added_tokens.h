// Tokens that are found in the text itself, before normaliser and pre-tokenizer see it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/normalise/aligned_text.h"
#include "text/pipeline/place.h"
#include "text/vocabulary.h"

namespace seq {

/// One entry of `added_tokens`; the rules are those of HF tokenizers.
struct AddedToken {
  std::string content;
  int32_t id = kNoToken;
  bool single_word = false;  ///< not where a letter stands beside it
  bool lstrip = false;       ///< takes the white space before it
  bool rstrip = false;       ///< and after it
  bool normalised = false;   ///< is looked for in the normalised text
  bool special = true;       ///< decoding drops it
};

/// A stretch of a text: an added token, or, with kNoToken, what lies between.
struct Segment {
  Range range;
  int32_t id;
};

/// Finds one set of added tokens: leftmost first, of those the longest.
class TokenFinder {
 public:
  /// `patterns[i]` is the spelling that stands for `tokens[i]`; empty ones are never found.
  TokenFinder(std::vector<AddedToken> tokens, std::vector<std::string> patterns);
  bool empty() const { return order_.empty(); }
  /// Appends the segments of a text; `start` is added to their ranges.
  void split(std::string_view text, SpecialText special, uint32_t start, std::vector<Segment>& segments) const;
  /// Whether a first byte of any token stands in the text: when not, there is nothing to find.
  bool may_occur(std::string_view text) const;

 private:
  size_t match(std::string_view text, size_t at) const;

  std::vector<AddedToken> tokens_;
  std::vector<std::string> patterns_;
  std::vector<size_t> order_;     ///< by first byte, then longest first
  std::vector<uint32_t> begins_;  ///< where in `order_` those of a first byte begin; 257 entries
  std::string first_bytes_;
};

/// Reads `added_tokens`. Throws Error with `name` and the key. A token that the model's vocabulary has must have the
/// same id there; others are added to it, with the next id.
std::vector<AddedToken> added_tokens_from_json(const Json& json, Vocabulary& vocabulary, const std::string& name);
Json added_tokens_json(const std::vector<AddedToken>& tokens);

}  // namespace seq

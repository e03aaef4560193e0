// WordPiece (Schuster & Nakajima 2012): each word is cut by the longest match from its left end (Wu et al. 2016).
//
// Greedy from the left, as BERT does it, and not the longest sub-word anywhere: over the vocabulary
// `a ##b ##c ##d ab ##cd ##bcd` the word `abcd` is `ab ##cd`, although `##bcd` would be longer than `ab`.
#pragma once

#include <string>

#include "text/subword/model.h"
#include "text/subword/trie.h"

namespace seq {

/// How words are written in the vocabulary, and which are too long.
struct WordPieceOptions {
  std::string continuing_prefix = "##";  ///< opens a token that does not begin a word
  size_t longest_word = 100;             ///< in characters; longer ones are unknown
};

/// A word of which any part is in no token is unknown as a whole.
class WordPieceModel : public SubwordModel {
 public:
  WordPieceModel(Vocabulary vocabulary, WordPieceOptions options);
  void encode(std::string_view word, std::vector<Piece>& pieces) const override;
  Json to_json() const override;
  const WordPieceOptions& options() const { return options_; }

 private:
  WordPieceOptions options_;
  Trie tokens_;
  bool continues_;                 ///< whether there are tokens with the prefix,
  uint32_t inside_ = Trie::kRoot;  ///< which begin at this node, that of the prefix
};

}  // namespace seq

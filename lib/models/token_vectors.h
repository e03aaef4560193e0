// The rows of a model's table of token vectors, out of word vectors.
// V = vocabulary, E = embedding
#pragma once

#include <string>

#include "base/log.h"
#include "models/embedding_options.h"
#include "text/vocabulary.h"
#include "vectors/word_vectors.h"

namespace seq {

/// A table [V, E] that somebody else holds; `stride` floats lie between the beginnings of two rows.
struct TokenRows {
  float* first = nullptr;
  int64_t stride = 0;
};

/// How many tokens of a vocabulary have vectors.
struct FoundTokens {
  int64_t words = 0;        ///< words of the file
  int64_t by_subwords = 0;  ///< other words, out of their sub-words
};

/// Copies the vectors of tokens that are words into their rows of `table`; the other rows stay as they are.
/// A special token (`<unk>`) gets a vector only if the file has it as a word.
FoundTokens copy_rows(const vectors::WordVectors& vectors, const Vocabulary& vocabulary, TokenRows table);

/// The word vectors that `model.embedding.from` names. Read before all other work, so that what does not fit is
/// refused at once; needed only until the first checkpoint is there.
class TokenVectors {
 public:
  /// Throws Error when they cannot be read or are not of `size` numbers, which is what `model.<size_key>` sets.
  TokenVectors(const EmbeddingOptions& options, int64_t size, const std::string& size_key);

  /// copy_rows() into `table`, and a line that says how many were found. Throws Error when none was.
  void fill(TokenRows table, const Vocabulary& vocabulary, Log& log) const;

 private:
  EmbeddingOptions options_;
  vectors::WordVectors vectors_;
};

}  // namespace seq

// Cutting one pre-token into the tokens of a vocabulary: what BPE, WordPiece, Unigram and whole words have in common.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "text/vocabulary.h"

namespace seq {

/// A token of a pre-token: its id, and where it ends in the pre-token, in bytes. It begins where the one before it
/// ends.
struct Piece {
  int32_t id;
  uint32_t end;
};

/// The model of a tokenizer: immutable, hence shared between threads. Caches belong to the caller.
class SubwordModel {
 public:
  virtual ~SubwordModel() = default;
  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// Appends the tokens of one pre-token, which is normalised and not empty.
  virtual void encode(std::string_view word, std::vector<Piece>& pieces) const = 0;

 protected:
  explicit SubwordModel(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  Vocabulary vocabulary_;
};

}  // namespace seq

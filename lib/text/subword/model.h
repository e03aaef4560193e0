// Cutting one pre-token into the tokens of a vocabulary: what BPE, WordPiece, Unigram and whole words have in common.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/json.h"
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
  /// Appends the tokens of one pre-token, which is normalised and not empty. Byte-level words come in GPT-2's spelling
  /// of bytes (byte_alphabet()), as the vocabulary has them. What is in no token becomes the unknown token, and a piece
  /// with the id kNoToken where the vocabulary has none.
  virtual void encode(std::string_view word, std::vector<Piece>& pieces) const = 0;
  /// The section `model` of tokenizer.json.
  virtual Json to_json() const = 0;
  /// Whether the same word always gives the same tokens, so that they may be kept (not so with dropout or sampling).
  virtual bool repeatable() const { return true; }

 protected:
  explicit SubwordModel(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  Vocabulary vocabulary_;
};

}  // namespace seq

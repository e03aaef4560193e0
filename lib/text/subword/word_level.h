// Whole words as tokens.
#pragma once

#include "text/subword/model.h"

namespace seq {

/// A word is one token, or the unknown one.
class WordLevelModel : public SubwordModel {
 public:
  explicit WordLevelModel(Vocabulary vocabulary) : SubwordModel(std::move(vocabulary)) {}
  void encode(std::string_view word, std::vector<Piece>& pieces) const override;
  Json to_json() const override;
};

}  // namespace seq

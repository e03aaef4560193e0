// The words of several models as one vocabulary.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ngram/text_model.h"

namespace seq::ngram {

/// Words by numbers of their own, in the order of their first appearance; 0 is `<unk>`, 1 `<s>`.
class MixedWords {
 public:
  explicit MixedWords(const std::vector<std::unique_ptr<TextModel>>& models);

  size_t size() const { return words_.size(); }
  std::string_view word(size_t id) const { return words_[id]; }
  /// The word's number in a model, kUnknownWord where it is unknown.
  size_t in_model(size_t model, size_t id) const { return ids_[id * models_ + model]; }

 private:
  size_t models_;
  std::vector<std::string_view> words_;
  std::vector<size_t> ids_;  ///< [words, models]
};

}  // namespace seq::ngram

// Which n-grams each word of a vocabulary has, as rows of a table of hashed buckets.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vectors/subwords.h"
#include "vectors/word_list.h"

namespace seq::vectors {

/// The buckets of all words, laid out once. An n-gram that a word has twice stands twice, as in fastText.
class WordParts {
 public:
  WordParts(const WordList& words, const SubwordRules& rules);
  std::span<const uint32_t> of(uint32_t word) const {
    return {buckets_.data() + starts_[word], starts_[word + 1] - starts_[word]};
  }

 private:
  std::vector<size_t> starts_;
  std::vector<uint32_t> buckets_;
};

}  // namespace seq::vectors

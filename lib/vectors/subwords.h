// Vectors of character n-grams in hashed buckets, from which any word gets a vector (Bojanowski et al. 2017,
// "Enriching word vectors with subword information").
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "vectors/word_vectors.h"

namespace seq::vectors {

/// FNV-1a as fastText computes it, with bytes as signed numbers.
uint32_t subword_hash(std::string_view ngram);

/// The bucket of each n-gram, in fastText's order; some may stand twice. The end of a sentence, `</s>`, has none.
std::vector<int64_t> subword_buckets(std::string_view word, const SubwordRules& rules);

/// The buckets of a model.
class Subwords {
 public:
  Subwords(Matrix buckets, const SubwordRules& rules) : buckets_(std::move(buckets)), rules_(rules) {}

  /// Adds the vectors of a word's n-grams to `sum` and returns how many they are.
  int64_t add(std::string_view word, std::span<float> sum) const;
  const Matrix& buckets() const { return buckets_; }
  const SubwordRules& rules() const { return rules_; }

 private:
  Matrix buckets_;
  SubwordRules rules_;
};

}  // namespace seq::vectors

// The first vocabulary of a unigram model: characters, and the substrings that save the most.
#pragma once

#include <string_view>
#include <vector>

#include "text/subword/unigram_trainer.h"

namespace seq {

/// A token with its weight, which its first probability is proportional to.
struct UnigramSeed {
  std::string_view text;
  double weight;
  bool single;  ///< one character
};

/// All characters of the words by code point, then the substrings of one word that occur in two places or are a word,
/// by falling frequency times length; of equal ones by their bytes. The texts are those of `words`.
std::vector<UnigramSeed> unigram_seeds(const std::vector<WordCounts::Entry>& words, const UnigramTraining& training);

}  // namespace seq

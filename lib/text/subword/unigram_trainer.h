// Learning a unigram model (Kudo 2018): many seeds, probabilities by EM, the least useful tokens dropped round by
// round.
#pragma once

#include <string>
#include <vector>

#include "text/subword/word_counts.h"
#include "text/vocabulary.h"

namespace seq {

/// What a unigram model is trained to.
struct UnigramTraining {
  int64_t vocab_size = 30000;
  std::vector<std::string> specials;  ///< tokens that come first, with score 0
  int64_t limit_alphabet = 0;         ///< keeps the most frequent characters only; 0: all
  int64_t seed_size = 1000000;        ///< tokens at the start
  int64_t max_token_length = 16;      ///< in characters
  double keep = 0.8;                  ///< what a round leaves of the tokens
  int64_t iterations = 2;             ///< of EM in a round
  int64_t threads = 0;                ///< 0: one for each core; the result does not depend on it
};

/// What was learnt: special tokens, then the others by falling score (of equal ones by their bytes), and the scores.
struct LearntUnigram {
  Vocabulary vocabulary;
  std::vector<double> scores;
};

/// Single characters are never dropped. Throws Error when the vocabulary has no room for them.
LearntUnigram learn_unigram(const std::vector<WordCounts::Entry>& words, const UnigramTraining& training);

}  // namespace seq

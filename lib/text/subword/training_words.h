// The words that a merging trainer works on: symbols side by side, pairs of neighbours with their counts and places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/subword/word_counts.h"
#include "text/vocabulary.h"

namespace seq {

/// What BPE and WordPiece are trained to.
struct MergeTraining {
  int64_t vocab_size = 30000;
  int64_t min_count = 0;              ///< pairs that are rarer do not merge
  std::vector<std::string> specials;  ///< tokens that come first
  std::vector<std::string> alphabet;  ///< characters that are tokens whether or not the text has them
  int64_t limit_alphabet = 0;         ///< keeps the most frequent characters only; 0: all
  std::string continuing_prefix;
  std::string end_suffix;
  int64_t max_token_length = 0;  ///< in characters; 0: any
};

/// Two neighbours as one number.
inline uint64_t pair_key(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}
inline int32_t left_of(uint64_t key) {
  return static_cast<int32_t>(key >> 32);
}
inline int32_t right_of(uint64_t key) {
  return static_cast<int32_t>(key & 0xFFFFFFFF);
}

/// Words as symbols, which are ids of `vocabulary`. A merge changes the counts of the pairs around it.
class TrainingWords {
 public:
  /// Takes in the words; `vocabulary` becomes special tokens, then single characters in the order of code points, then
  /// those with prefix or suffix in the order of the words. Characters beyond `limit_alphabet` are left out of words.
  TrainingWords(const std::vector<WordCounts::Entry>& words, const MergeTraining& training, Vocabulary& vocabulary);

  struct Pair {
    uint64_t key;
    int64_t count = 0;
    int32_t found = -1;  ///< its list among `found()`, of those words where it came up since it was last taken
  };
  const std::vector<Pair>& pairs() const { return pairs_; }
  /// Pairs (by number) that came up since the last call, each with the words where it did: a list for take_words().
  struct Found {
    uint32_t pair;
    std::vector<uint32_t> words;
  };
  std::vector<Found> take_found();

  /// Puts `result` in place of a pair in these words. Returns how often it stood there.
  int64_t merge(uint64_t key, int32_t result, const std::vector<uint32_t>& words);
  /// Sets the count of a pair that has merged to zero. Without, it keeps its last count, which matters only where two
  /// pairs make the same token.
  void forget(uint32_t pair) { pairs_[pair].count = 0; }
  /// How many characters a token has.
  int64_t length(int32_t id) const { return lengths_[static_cast<size_t>(id)]; }
  /// How often each symbol stands in the words.
  std::vector<int64_t> symbol_counts(size_t symbols) const;

 private:
  struct Word {
    size_t begin;
    uint32_t size;
    int64_t count;
  };
  void add_word(std::string_view word, int64_t count, const MergeTraining& training, Vocabulary& vocabulary,
                const std::unordered_map<int32_t, int32_t>& alphabet);
  void count_pairs();
  uint32_t pair_number(uint64_t key);
  void change(int32_t left, int32_t right, int64_t by, uint32_t word);
  void grow_index();

  std::vector<int32_t> symbols_;
  std::vector<Word> words_;
  std::vector<int64_t> lengths_;
  int64_t longest_;
  std::vector<Pair> pairs_;
  std::vector<uint32_t> index_;  ///< open addressing: numbers of pairs
  std::vector<Found> found_;
};

/// Glues the spelling of two tokens: the second loses its prefix.
std::string joined(const Vocabulary& vocabulary, uint64_t key, const std::string& prefix);

}  // namespace seq

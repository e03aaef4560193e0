// Which n-gram is the context of which: an n-gram without its last word, as an index into the level below.
//
// The context of (w1 … wn) is found in the trie without comparing words: the context c' of its parent (w2 … wn) is
// known from the level below, and (w1 … wn-1) is the child of c' whose first word is w1. Where a level's arrays exceed
// the memory, its contexts are done in ranges, one pass over the n-grams for each.
#pragma once

#include <functional>

#include "ngram/reverse_trie.h"
#include "ngram/smoothing.h"

namespace seq::ngram {

/// The weights and marks of a part of a level.
class Entries {
 public:
  /// `keep` may be empty: all are kept. `adjusted` as Formula::adjusted.
  Entries(ReverseTrie& trie, int n, Column<uint8_t>* keep, bool adjusted, uint64_t begin, uint64_t end);
  WordId first_word(uint64_t i) const { return words_.empty() ? static_cast<WordId>(i) : words_[i - begin_]; }
  bool kept(uint64_t i) const { return keep_.empty() || keep_[i - begin_] != 0; }
  uint32_t count(uint64_t i) const { return counts_[i - begin_]; }
  uint32_t weight(uint64_t i) const;

 private:
  uint64_t begin_;
  bool unigrams_;
  bool adjusted_;
  std::vector<WordId> word_room_;
  std::vector<uint32_t> count_room_;
  std::vector<uint32_t> child_room_;
  std::vector<uint8_t> keep_room_;
  std::span<const WordId> words_;
  std::span<const uint32_t> counts_;
  std::span<const uint32_t> children_;
  std::span<const uint8_t> keep_;
};

/// Everything about a level that the next one needs.
struct LevelState {
  Column<uint8_t> keep;       ///< which entries are in the model; size 0: all
  Column<uint32_t> context;   ///< of each entry, an index into the level below; none on levels 1 and 2
  Column<float> probability;  ///< p(last word | the words before)
};

/// The probabilities of level `n` and the back-offs of level `n - 1`.
struct LevelResult {
  LevelState state;
  Column<float> backoff;  ///< of the level below; 1 where an entry is no context
};

/// `below` is the state of level n - 1; `keep` the marks of level n.
LevelResult follow_contexts(ReverseTrie& trie, int n, LevelState& below, Column<uint8_t> keep, const Formula& formula,
                            Storage& storage, int threads);

}  // namespace seq::ngram

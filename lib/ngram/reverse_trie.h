// All n-grams of a text as a trie over reversed words: below a word stand the words before it, and so on to the first.
//
// Level n holds the n-grams of order n in suffix order. An n-gram's children are the n-grams of the next order that end
// in it, sorted by their first word. Level 1 has an entry for every word, also for those that never occur.
// N-grams begin at `<s>` at the earliest, which therefore has no children.
#pragma once

#include <cstdint>
#include <vector>

#include "ngram/corpus.h"
#include "ngram/gram_key.h"
#include "ngram/storage.h"

namespace seq::ngram {

/// The n-grams of one order; columns are indexed by their rank in suffix order.
struct Level {
  uint64_t size = 0;
  Column<WordId> first_word;     ///< none on level 1, where it is the index
  Column<uint32_t> count;        ///< how often it occurs
  Column<uint32_t> first_child;  ///< [size + 1] indices into the next level; none on the highest
};

struct ReverseTrie {
  std::vector<Level> levels;

  int order() const { return static_cast<int>(levels.size()); }
  Level& level(int n) { return levels[static_cast<size_t>(n - 1)]; }
  const Level& level(int n) const { return levels[static_cast<size_t>(n - 1)]; }
  /// Of the entry of level `n - 1` below which entry `index` of level `n` stands.
  uint64_t parent(int n, uint64_t index) const;
};

/// What the smoothing of a trie wants for its arrays, as far as the limit allows.
uint64_t working_memory(const ReverseTrie& trie, const Storage& storage);

template <int K>
class GramSorter;

/// Builds the trie of order `order` (at most the n-grams' own) from sorted n-grams over `words` words, and frees these.
template <int K>
ReverseTrie build_trie(GramSorter<K>& grams, const GramShape& shape, int order, WordId words, Storage& storage,
                       int threads);

}  // namespace seq::ngram

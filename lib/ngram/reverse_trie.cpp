// One scan over sorted n-grams gives all orders: where a key differs from the one before it, entries begin.
#include "ngram/reverse_trie.h"

#include <array>
#include <memory>

#include "base/parallel.h"
#include "ngram/gram_sorter.h"

namespace seq::ngram {
namespace {

constexpr size_t kLevels = static_cast<size_t>(kMaxOrder) + 2;  // indexed by n, from 1
using Sizes = std::array<uint64_t, kLevels>;

/// Finds where entries begin in a sequence of keys.
template <int K>
class Boundaries {
 public:
  Boundaries(const GramShape& shape, int order) : shape_(shape), order_(order) {}

  /// How many words from the last the key shares with the one before it; `order` when it adds no entry.
  int shared(const GramKey<K>& key) {
    const int same = any_ ? std::min(order_, key.shared(last_, shape_)) : 0;
    last_ = key;
    any_ = true;
    return same;
  }
  WordId word(int j) const { return last_.word(j, shape_.bits); }
  /// The number of words back to the start of the sentence, or the order; of a key that shares `same` words.
  int depth(int same) const {
    for (int j = same; j < order_; ++j)
      if (word(j) == kBeginSentence) return j + 1;
    return order_;
  }

 private:
  GramShape shape_;
  int order_;
  GramKey<K> last_{};
  bool any_ = false;
};

template <int K>
Sizes count_entries(std::span<const GramKey<K>> keys, const GramShape& shape, int order) {
  Sizes sizes{};
  Boundaries<K> boundaries(shape, order);
  for (const GramKey<K>& key : keys) {
    const int same = boundaries.shared(key);
    if (same == order) continue;
    for (int n = same + 1, depth = boundaries.depth(same); n <= depth; ++n) ++sizes[static_cast<size_t>(n)];
  }
  return sizes;
}

/// Writes the entries of a range of last words.
template <int K>
class Filler {
 public:
  /// `next` is the index of the first entry of each level from 2 on.
  Filler(ReverseTrie& trie, const GramShape& shape, WordId first_word, const Sizes& next)
      : order_(trie.order()), boundaries_(shape, order_), next_(next), next_word_(first_word) {
    for (int n = 1; n <= order_; ++n) {
      Level& level = trie.level(n);
      const uint64_t begin = n == 1 ? first_word : next[static_cast<size_t>(n)];
      Writers& writers = writers_[static_cast<size_t>(n)];
      if (n > 1) writers.first_word = {level.first_word, begin};
      writers.count = {level.count, begin};
      if (n < order_) writers.first_child = {level.first_child, begin};
    }
  }

  void add(const GramKey<K>& key) {
    const int same = boundaries_.shared(key);
    if (same < order_) {
      close(same);
      depth_ = boundaries_.depth(same);
      if (same == 0) open_word(boundaries_.word(0));
      for (int n = std::max(2, same + 1); n <= depth_; ++n) open(n, boundaries_.word(n - 1));
    }
    uint32_t& count = counts_[static_cast<size_t>(depth_)];
    count = added(count, key.count());
  }

  /// `end`: one past the last word of the range; `last`: the range ends the text.
  void finish(WordId end, bool last) {
    close(0);
    while (next_word_ < end) skip_word();
    for (int n = 1; n <= order_; ++n) {
      Writers& writers = writers_[static_cast<size_t>(n)];
      if (last && n < order_) writers.first_child.put(static_cast<uint32_t>(next_[static_cast<size_t>(n) + 1]));
      if (n > 1) writers.first_word.finish();
      writers.count.finish();
      if (n < order_) writers.first_child.finish();
    }
  }
  const Sizes& next() const { return next_; }

 private:
  struct Writers {
    Column<WordId>::Writer first_word;
    Column<uint32_t>::Writer count;
    Column<uint32_t>::Writer first_child;
  };

  void close(int above) {
    for (int n = depth_; n > above; --n) {
      const auto level = static_cast<size_t>(n);
      writers_[level].count.put(counts_[level]);
      counts_[level - 1] = added(counts_[level - 1], counts_[level]);
      counts_[level] = 0;
    }
    counts_[0] = 0;
  }
  void open(int n, WordId first_word) {
    const auto level = static_cast<size_t>(n);
    if (next_[level] == UINT32_MAX) throw RunError("more than 4,294,967,295 n-grams of one order: lower --order");
    writers_[level].first_word.put(first_word);
    if (n < order_) writers_[level].first_child.put(static_cast<uint32_t>(next_[level + 1]));
    ++next_[level];
  }
  void open_word(WordId word) {
    while (next_word_ < word) skip_word();
    if (order_ > 1) writers_[1].first_child.put(static_cast<uint32_t>(next_[2]));
    ++next_word_;
  }
  void skip_word() {
    writers_[1].count.put(0);
    if (order_ > 1) writers_[1].first_child.put(static_cast<uint32_t>(next_[2]));
    ++next_word_;
  }

  int order_;
  Boundaries<K> boundaries_;
  Sizes next_;
  WordId next_word_;
  int depth_ = 0;
  std::array<Writers, kLevels> writers_;
  std::array<uint32_t, kLevels> counts_{};
};

template <int K>
void fill_from_memory(ReverseTrie& trie, const GramSorter<K>& grams, const GramShape& shape, WordId words,
                      Storage& storage, int threads) {
  const size_t ranges = grams.ranges().size();
  std::vector<Sizes> begin(ranges + 1);
  parallel_for(threads, ranges,
               [&](size_t i, size_t) { begin[i + 1] = count_entries(grams.range(i), shape, trie.order()); });
  for (size_t i = 0; i < ranges; ++i)
    for (size_t n = 1; n < kLevels; ++n) begin[i + 1][n] += begin[i][n];
  for (int n = 1; n <= trie.order(); ++n) trie.level(n).size = n == 1 ? words : begin[ranges][static_cast<size_t>(n)];
  const uint64_t later = working_memory(trie, storage);
  storage.reserve = later - std::min(later, grams.bytes());  // the n-grams will be gone by then
  for (int n = 1; n <= trie.order(); ++n) {
    Level& level = trie.level(n);
    if (level.size > UINT32_MAX) throw RunError("more than 4,294,967,295 n-grams of one order: lower --order");
    if (n > 1) level.first_word = Column<WordId>(storage, level.size);
    if (n < trie.order()) level.first_child = Column<uint32_t>(storage, level.size + 1);
  }
  for (Level& level : trie.levels) level.count = Column<uint32_t>(storage, level.size);  // the first to go to disk
  parallel_for(threads, ranges, [&](size_t i, size_t) {
    stop_if_interrupted();
    Filler<K> filler(trie, shape, grams.ranges().begin[i], begin[i]);
    for (const GramKey<K>& key : grams.range(i)) filler.add(key);
    filler.finish(grams.ranges().begin[i + 1], i + 1 == ranges);
  });
}

template <int K>
void fill_from_disk(ReverseTrie& trie, const GramSorter<K>& grams, const GramShape& shape, WordId words,
                    Storage& storage) {
  for (int n = 1; n <= trie.order(); ++n) {
    if (n > 1) trie.level(n).first_word = Column<WordId>(storage);
    if (n < trie.order()) trie.level(n).first_child = Column<uint32_t>(storage);
    trie.level(n).count = Column<uint32_t>(storage);
  }
  Filler<K> filler(trie, shape, 0, {});
  uint64_t keys = 0;
  grams.for_each([&](const GramKey<K>& key) {
    filler.add(key);
    if (++keys % (1 << 16) == 0) stop_if_interrupted();
  });
  filler.finish(words, true);
  for (int n = 1; n <= trie.order(); ++n) {
    Level& level = trie.level(n);
    level.size = n == 1 ? words : filler.next()[static_cast<size_t>(n)];
    level.count.set_size(level.size);
    level.first_word.set_size(level.size);
    level.first_child.set_size(level.size + 1);
  }
}

}  // namespace

uint64_t working_memory(const ReverseTrie& trie, const Storage& storage) {
  uint64_t most = 0;
  for (int n = 1; n < trie.order(); ++n) most = std::max(most, trie.level(n).size);
  return std::min(storage.limit() / 5 * 2, 24 * most);
}

uint64_t ReverseTrie::parent(int n, uint64_t index) const {
  const Column<uint32_t>& first_child = level(n - 1).first_child;
  uint64_t low = 0;                   // its children begin at or before index
  uint64_t high = level(n - 1).size;  // its children begin after it
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    (first_child.at(middle) <= index ? low : high) = middle;
  }
  return low;
}

WordRanges make_ranges(const std::vector<uint32_t>& word_counts, size_t most) {
  uint64_t total = 0;
  for (const uint32_t count : word_counts) total += count;
  const uint64_t wanted = total / most + 1;
  WordRanges ranges;
  ranges.range_of.reserve(word_counts.size());
  ranges.begin = {0};
  uint64_t in_range = 0;
  for (WordId word = 0; word < word_counts.size(); ++word) {
    if (in_range > 0 && in_range + word_counts[word] > wanted) {
      ranges.begin.push_back(word);
      in_range = 0;
    }
    in_range += word_counts[word];
    ranges.range_of.push_back(static_cast<uint32_t>(ranges.begin.size() - 1));
  }
  ranges.begin.push_back(static_cast<WordId>(word_counts.size()));
  return ranges;
}

template <int K>
ReverseTrie build_trie(GramSorter<K>& grams, const GramShape& shape, int order, WordId words, Storage& storage,
                       int threads) {
  ReverseTrie trie;
  trie.levels.resize(static_cast<size_t>(order));
  if (grams.in_memory())
    fill_from_memory(trie, grams, shape, words, storage, threads);
  else
    fill_from_disk(trie, grams, shape, words, storage);
  grams.clear();
  return trie;
}

template ReverseTrie build_trie(GramSorter<1>&, const GramShape&, int, WordId, Storage&, int);
template ReverseTrie build_trie(GramSorter<2>&, const GramShape&, int, WordId, Storage&, int);
template ReverseTrie build_trie(GramSorter<3>&, const GramShape&, int, WordId, Storage&, int);
template ReverseTrie build_trie(GramSorter<5>&, const GramShape&, int, WordId, Storage&, int);
template ReverseTrie build_trie(GramSorter<9>&, const GramShape&, int, WordId, Storage&, int);

}  // namespace seq::ngram

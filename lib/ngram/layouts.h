// The two layouts of binary models as searches: from a word backwards, one word longer at a time.
//
// A search of `order` is aimed at a memory address, which is prefetched, and looks there when it is probed; in between
// other searches can be aimed.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>

#include "ngram/binary_image.h"

namespace seq::ngram {

/// What was found of an n-gram.
struct Found {
  float probability;
  float backoff;
  bool has_children;  ///< some longer n-gram ends in this one
};

enum class Probe { found, missing, again };

class HashedLayout {
 public:
  explicit HashedLayout(const BinaryImage& image) : unigrams_(image.at<HashedUnigram>(image.header().unigrams)) {
    const Header& header = image.header();
    order_ = static_cast<int>(header.order);
    for (uint32_t order = 2; order <= header.order; ++order) {
      slots_[order - 1] = header.orders[order - 1].slots;
      tables_[order - 1] = image.at<char>(header.orders[order - 1].offset);
    }
  }

  struct Search {
    uint64_t hash;
    const char* slot;
  };

  void prefetch(WordId word) const { __builtin_prefetch(unigrams_ + word); }
  Found begin(WordId word, Search& search) const {
    search.hash = extend_hash(0, word);
    const HashedUnigram& unigram = unigrams_[word];
    return {magnitude(unigram.probability), unigram.backoff, !std::signbit(unigram.probability)};
  }
  /// One word further back: `order` words in all.
  void aim(Search& search, int order, WordId word) const {
    search.hash = extend_hash(search.hash, word);
    const auto index = static_cast<size_t>(order - 1);
    const size_t size = order == order_ ? sizeof(LongestSlot) : sizeof(MiddleSlot);
    search.slot = tables_[index] + slot_of(stored_hash(search.hash), slots_[index]) * size;
    __builtin_prefetch(search.slot);
  }
  /// Straight at an n-gram of the highest order whose words before the last are `before(1)`, `before(2)` …
  template <class Before>
  void aim_longest(Search& search, WordId word, const Before& before) const {
    search.hash = extend_hash(0, word);
    for (int i = 1; i + 1 < order_; ++i) search.hash = extend_hash(search.hash, before(static_cast<size_t>(i)));
    aim(search, order_, before(static_cast<size_t>(order_ - 1)));
  }
  Probe probe(Search& search, int order, Found& found) const {
    const uint64_t hash = stored_hash(search.hash);
    if (order == order_) {
      const auto* slot = reinterpret_cast<const LongestSlot*>(search.slot);
      while (slot->hash < hash) ++slot;  // the last slot is empty, which is above every hash
      if (slot->hash != hash) return Probe::missing;
      found = {magnitude(slot->probability), 0, false};
    } else {
      const auto* slot = reinterpret_cast<const MiddleSlot*>(search.slot);
      while (slot->hash < hash) ++slot;
      if (slot->hash != hash) return Probe::missing;
      found = {magnitude(slot->probability), slot->backoff, !std::signbit(slot->probability)};
    }
    return Probe::found;
  }

 private:
  static float magnitude(float stored) { return 0.0F - std::fabs(stored); }

  int order_;
  const HashedUnigram* unigrams_;
  std::array<uint64_t, kMaxOrder> slots_ = {};
  std::array<const char*, kMaxOrder> tables_ = {};
};

class TrieLayout {
 public:
  explicit TrieLayout(const BinaryImage& image) : unigrams_(image.at<TrieUnigram>(image.header().unigrams)) {
    const Header& header = image.header();
    order_ = static_cast<int>(header.order);
    word_mask_ = mask(bits_for(header.vocabulary_size - 1));
    for (uint32_t order = 2; order <= header.order; ++order) {
      const OrderHeader& stored = header.orders[order - 1];
      Level& level = levels_[order - 1];
      level.records = image.at<char>(stored.offset);
      level.values = stored.values == 0 ? nullptr : image.at<float>(stored.values);
      level.count = stored.count;
      level.record_bits = stored.record_bits;
      level.child_at = bits_for(header.vocabulary_size - 1);
      level.probability_at = level.child_at + stored.child_bits;
      level.child_mask = mask(stored.child_bits);
      level.backoff_mask = mask(stored.backoff_bits);
      level.last_value = stored.value_count - 1;
    }
  }

  struct Search {
    uint64_t begin;  ///< the n-grams that may be the one wanted
    uint64_t end;
    uint64_t aimed;
    WordId word;
  };

  /// An n-gram by its place in its order, or the one behind the last, which tells where that one's children end.
  struct Entry {
    WordId first_word;
    float probability;
    float backoff;
    uint64_t first_child;
  };
  Entry entry(int order, uint64_t index) const {
    if (order == 1) {
      const TrieUnigram& unigram = unigrams_[index];
      return {static_cast<WordId>(index), unigram.probability, unigram.backoff, unigram.first_child};
    }
    const Level& level = levels_[static_cast<size_t>(order - 1)];
    Entry entry{static_cast<WordId>(bits(level, index, 0) & word_mask_), probability(level, index), 0, 0};
    if (order == order_) return entry;
    entry.backoff = backoff(level, index);
    entry.first_child = bits(level, index, level.child_at) & level.child_mask;
    return entry;
  }

  void prefetch(WordId word) const { __builtin_prefetch(unigrams_ + word); }
  Found begin(WordId word, Search& search) const {
    const TrieUnigram& unigram = unigrams_[word];
    const bool has_children = set_children(search, 2, unigram.first_child, unigrams_[word + size_t{1}].first_child);
    return {unigram.probability, unigram.backoff, has_children};
  }
  void aim(Search& search, int order, WordId word) const {
    search.word = word;
    aim_between(search, levels_[static_cast<size_t>(order - 1)]);
  }
  Probe probe(Search& search, int order, Found& found) const {
    const Level& level = levels_[static_cast<size_t>(order - 1)];
    if (search.end - search.begin > kScanned) {
      const auto word = static_cast<WordId>(bits(level, search.aimed, 0) & word_mask_);
      if (word < search.word)
        search.begin = search.aimed + 1;
      else
        search.end = search.aimed;
      if (word != search.word) {
        aim_between(search, level);
        return Probe::again;
      }
      found = read(level, search.aimed, order, search);
      return Probe::found;
    }
    for (uint64_t at = search.begin; at < search.end; ++at) {
      const auto word = static_cast<WordId>(bits(level, at, 0) & word_mask_);
      if (word > search.word) return Probe::missing;
      if (word == search.word) {
        found = read(level, at, order, search);
        return Probe::found;
      }
    }
    return Probe::missing;
  }

 private:
  static constexpr uint64_t kScanned = 8;  ///< so few are read one after another
  struct Level {
    const char* records;
    const float* values;
    uint64_t count;
    uint32_t record_bits;
    uint32_t child_at;
    uint32_t probability_at;
    uint32_t last_value;
    uint64_t child_mask;
    uint64_t backoff_mask;
  };

  static uint64_t mask(uint32_t bits) { return (uint64_t{1} << bits) - 1; }
  /// The 57 bits from bit `at` of a record on, and some.
  static uint64_t bits(const Level& level, uint64_t index, uint32_t at) {
    const uint64_t bit = index * level.record_bits + at;
    uint64_t chunk;
    std::memcpy(&chunk, level.records + bit / 8, 8);
    return chunk >> (bit % 8);
  }
  static float probability(const Level& level, uint64_t index) {
    return 0.0F - std::bit_cast<float>(static_cast<uint32_t>(bits(level, index, level.probability_at) & mask(31)));
  }
  static float backoff(const Level& level, uint64_t index) {
    const uint64_t field = bits(level, index, level.probability_at + 31) & level.backoff_mask;
    return level.values == nullptr ? std::bit_cast<float>(static_cast<uint32_t>(field))
                                   : level.values[std::min<uint64_t>(field, level.last_value)];
  }
  void aim_between(Search& search, const Level& level) const {
    const uint64_t size = search.end - search.begin;
    search.aimed = size > kScanned ? search.begin + size / 2 : search.begin;
    __builtin_prefetch(level.records + search.aimed * level.record_bits / 8);
  }
  /// False when there are none. A damaged file cannot lead out of the order's records.
  bool set_children(Search& search, int order, uint64_t begin, uint64_t end) const {
    if (order > order_) return false;
    search.end = std::min(end, levels_[static_cast<size_t>(order - 1)].count);
    search.begin = std::min(begin, search.end);
    return search.begin < search.end;
  }
  Found read(const Level& level, uint64_t at, int order, Search& search) const {
    Found found{probability(level, at), 0, false};
    if (order == order_) return found;
    found.backoff = backoff(level, at);
    found.has_children = set_children(search, order + 1, bits(level, at, level.child_at) & level.child_mask,
                                      bits(level, at + 1, level.child_at) & level.child_mask);
    return found;
  }

  int order_;
  const TrieUnigram* unigrams_;
  uint64_t word_mask_;
  std::array<Level, kMaxOrder> levels_ = {};
};

}  // namespace seq::ngram

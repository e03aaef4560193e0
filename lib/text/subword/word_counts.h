// Distinct words with their counts: what the trainers learn from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace seq {

/// A hash table with open addressing. Words of up to 16 bytes, which nearly all are, stand in it, others in an arena.
/// Memory grows with the distinct words alone.
class WordCounts {
 public:
  struct Entry {
    std::string_view word;
    uint64_t count;
  };
  /// A word with its hash.
  struct Key {
    uint64_t halves[2];  ///< its bytes and zeros; of longer words halves[0] is where they stand
    uint32_t size;
    uint32_t hash;
  };
  WordCounts();

  void add(std::string_view word, uint64_t count = 1) { add(key(word, word.size()), count); }
  void add(const WordCounts& other);
  /// For words out of a longer text, of which `readable` bytes from the word's first on may be read. The text of a long
  /// word must still be there when its key is used.
  static Key key(std::string_view word, size_t readable) {
    if (readable < kShort || word.size() > kShort || word.empty()) return any_key(word);
    // Without a branch on the size, which would be guessed wrong.
    const size_t low = std::min<size_t>(word.size(), 8), high = word.size() - low;
    const uint64_t first = load(word.data()) & (~uint64_t{0} >> (64 - 8 * low));
    const uint64_t second = load(word.data() + 8) & ~(~uint64_t{0} << (4 * high) << (4 * high));
    return {{first, second}, static_cast<uint32_t>(word.size()), hash(first, second, word.size())};
  }
  void add(const Key& key, uint64_t count) {
    size_t i = key.hash & mask_;
    for (; slots_[i].used(); i = (i + 1) & mask_) {
      if (!same(slots_[i].key, key)) continue;
      slots_[i].count += count;
      return;
    }
    insert(i, key, count);
  }
  /// 0 when it is not there.
  uint64_t count(const Key& key) const {
    size_t i = key.hash & mask_;
    while (slots_[i].used() && !same(slots_[i].key, key)) i = (i + 1) & mask_;
    return slots_[i].count;
  }
  /// Forgets the words that were counted less often.
  void prune(uint64_t least);
  /// Fetches a key's place into the caches, for callers that have something else to do before they add it.
  void fetch(const Key& key) const { __builtin_prefetch(&slots_[key.hash & mask_], 1); }
  size_t size() const { return size_; }
  /// The words in the order of their bytes; valid until a word is added.
  std::vector<Entry> sorted() const;
  /// In no order that means anything.
  template <class Use>
  void for_each(const Use& use) const {
    for (const Slot& slot : slots_)
      if (slot.used()) use(text(slot.key), slot.count);
  }

 private:
  static constexpr uint32_t kUnused = UINT32_MAX;  ///< the size of no word
  struct Slot {
    Key key{{0, 0}, kUnused, 0};
    uint64_t count = 0;
    bool used() const { return key.size != kUnused; }
  };
  static constexpr size_t kShort = 16;  ///< bytes that a key holds

  static uint64_t load(const char* bytes) {
    uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
  static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    return hash ^ (hash >> 29);
  }
  static uint32_t hash(uint64_t first, uint64_t second, uint64_t size) {
    const uint64_t hash = mix(mix(size, first), second);
    return static_cast<uint32_t>(hash ^ (hash >> 32));
  }
  static bool same(const Key& a, const Key& b) {
    if (a.hash != b.hash || a.size != b.size) return false;
    if (a.size <= kShort) return ((a.halves[0] ^ b.halves[0]) | (a.halves[1] ^ b.halves[1])) == 0;
    return text(a) == text(b);
  }
  static Key any_key(std::string_view word);
  static std::string_view text(const Key& key);
  void insert(size_t slot, const Key& key, uint64_t count);
  const char* keep(std::string_view word);
  void grow();

  std::vector<Slot> slots_;
  size_t mask_;
  size_t size_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
};

}  // namespace seq

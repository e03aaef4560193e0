// Distinct words with their counts: what the trainers learn from.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace seq {

/// A hash table with open addressing over an arena of words. Memory grows with the distinct words alone.
class WordCounts {
 public:
  struct Entry {
    std::string_view word;
    uint64_t count;
  };
  WordCounts();

  void add(std::string_view word, uint64_t count = 1);
  void add(const WordCounts& other);
  size_t size() const { return size_; }
  /// The words in the order of their bytes; they live as long as this table.
  std::vector<Entry> sorted() const;
  /// In no order that means anything.
  template <class Use>
  void for_each(const Use& use) const {
    for (const Slot& slot : slots_)
      if (slot.word != nullptr) use(std::string_view(slot.word, slot.size), slot.count);
  }

 private:
  struct Slot {
    const char* word = nullptr;
    uint32_t size = 0;
    uint32_t hash = 0;
    uint64_t count = 0;
  };
  const char* keep(std::string_view word);
  void grow();

  std::vector<Slot> slots_;
  size_t size_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;
  size_t free_bytes_ = 0;
};

}  // namespace seq

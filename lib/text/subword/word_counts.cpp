// Hashing eight bytes at a time; words are copied once, when they are new.
#include "text/subword/word_counts.h"

#include <algorithm>
#include <cstring>

namespace seq {
namespace {

constexpr size_t kFirstSlots = 1 << 10;
constexpr size_t kBlock = 1 << 18;

uint64_t load(const char* bytes, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, size);
  return word;
}

uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

uint32_t hash_of(std::string_view text) {
  const char* bytes = text.data();
  size_t size = text.size();
  uint64_t hash = size;
  for (; size > 8; size -= 8, bytes += 8) hash = mix(hash, load(bytes, 8));
  uint64_t tail = 0;  // the last bytes, read as two overlapping halves
  if (size >= 4)
    tail = load(bytes, 4) << 32 | load(bytes + size - 4, 4);
  else if (size > 0)
    tail = static_cast<uint64_t>(static_cast<unsigned char>(bytes[0])) << 16 |
           static_cast<uint64_t>(static_cast<unsigned char>(bytes[size / 2])) << 8 |
           static_cast<unsigned char>(bytes[size - 1]);
  hash = mix(hash, tail);
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

WordCounts::WordCounts() : slots_(kFirstSlots) {}

void WordCounts::add(std::string_view word, uint64_t count) {
  const uint32_t hash = hash_of(word);
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  while (slots_[i].word != nullptr) {
    Slot& slot = slots_[i];
    if (slot.hash == hash && slot.size == word.size() && std::memcmp(slot.word, word.data(), word.size()) == 0) {
      slot.count += count;
      return;
    }
    i = (i + 1) & mask;
  }
  slots_[i] = {keep(word), static_cast<uint32_t>(word.size()), hash, count};
  if (++size_ * 2 > slots_.size()) grow();
}

void WordCounts::add(const WordCounts& other) {
  other.for_each([this](std::string_view word, uint64_t count) { add(word, count); });
}

const char* WordCounts::keep(std::string_view word) {
  if (free_bytes_ < word.size() || free_ == nullptr) {
    free_bytes_ = std::max(kBlock, word.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(free_bytes_));
    free_ = blocks_.back().get();
  }
  char* place = free_;
  std::memcpy(place, word.data(), word.size());
  free_ += word.size();
  free_bytes_ -= word.size();
  return place;
}

void WordCounts::grow() {
  std::vector<Slot> old(2 * slots_.size());
  old.swap(slots_);
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.word == nullptr) continue;
    size_t i = slot.hash & mask;
    while (slots_[i].word != nullptr) i = (i + 1) & mask;
    slots_[i] = slot;
  }
}

std::vector<WordCounts::Entry> WordCounts::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for_each([&](std::string_view word, uint64_t count) { entries.push_back({word, count}); });
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.word < b.word; });
  return entries;
}

}  // namespace seq

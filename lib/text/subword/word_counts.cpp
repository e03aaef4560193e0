// Short words as two numbers; long ones are copied once, when they are new.
#include "text/subword/word_counts.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace seq {
namespace {

constexpr size_t kFirstSlots = 1 << 10;
constexpr size_t kBlock = 1 << 18;

const char* long_text(const WordCounts::Key& key) {
  const char* bytes = nullptr;
  std::memcpy(&bytes, key.halves, sizeof bytes);
  return bytes;
}

void set_long_text(WordCounts::Key& key, const char* bytes) {
  key.halves[0] = key.halves[1] = 0;
  std::memcpy(key.halves, &bytes, sizeof bytes);
}

}  // namespace

WordCounts::WordCounts() : slots_(kFirstSlots), mask_(kFirstSlots - 1) {}

WordCounts::Key WordCounts::any_key(std::string_view word) {
  Key key{{0, 0}, static_cast<uint32_t>(word.size()), 0};
  if (word.size() <= kShort) {
    std::memcpy(key.halves, word.data(), word.size());
    key.hash = hash(key.halves[0], key.halves[1], word.size());
    return key;
  }
  uint64_t sum = word.size();
  const char* const last = word.data() + word.size() - 8;
  for (const char* at = word.data(); at < last; at += 8) sum = mix(sum, load(at));
  key.hash = hash(load(last), 0, sum);
  set_long_text(key, word.data());
  return key;
}

std::string_view WordCounts::text(const Key& key) {
  return {key.size > kShort ? long_text(key) : reinterpret_cast<const char*>(key.halves), key.size};
}

void WordCounts::insert(size_t slot, const Key& key, uint64_t count) {
  slots_[slot] = {key, count};
  if (key.size > kShort) set_long_text(slots_[slot].key, keep(text(key)));
  if (++size_ * 2 > slots_.size()) grow();
}

void WordCounts::add(const WordCounts& other) {
  for (const Slot& slot : other.slots_)
    if (slot.used()) add(slot.key, slot.count);
}

void WordCounts::prune(uint64_t least) {
  WordCounts kept;
  for (const Slot& slot : slots_)
    if (slot.used() && slot.count >= least) kept.add(slot.key, slot.count);
  *this = std::move(kept);
}

const char* WordCounts::keep(std::string_view word) {
  if (free_bytes_ < word.size()) {
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
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (!slot.used()) continue;
    size_t i = slot.key.hash & mask_;
    while (slots_[i].used()) i = (i + 1) & mask_;
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

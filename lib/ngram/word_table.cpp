// Open addressing with linear probing, at most half full.
#include "ngram/word_table.h"

#include <cstring>

namespace seq::ngram {
namespace {

uint64_t load8(const char* at) {
  uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

uint64_t load4(const char* at) {
  uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Both halves of the product, folded.
uint64_t mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t hash_of(std::string_view word) {
  constexpr uint64_t kFirst = 0x9E3779B97F4A7C15, kSecond = 0xD6E8FEB86659FD93;
  const char* at = word.data();
  size_t left = word.size();
  uint64_t hash = left * kFirst;
  for (; left > 16; left -= 16, at += 16) hash = mix(load8(at) ^ kFirst ^ hash, load8(at + 8) ^ kSecond);
  uint64_t a = 0;
  uint64_t b = 0;
  if (left >= 8) {
    a = load8(at);
    b = load8(at + left - 8);
  } else if (left >= 4) {
    a = load4(at);
    b = load4(at + left - 4);
  } else if (left > 0) {
    a = static_cast<uint64_t>(static_cast<unsigned char>(at[0])) << 16 |
        static_cast<uint64_t>(static_cast<unsigned char>(at[left / 2])) << 8 | static_cast<unsigned char>(at[left - 1]);
  }
  return mix(mix(a ^ kFirst ^ hash, b ^ kSecond), kFirst);
}

}  // namespace

WordTable::WordTable() : slots_(1 << 12) {
  for (const char* reserved : {"<unk>", "<s>", "</s>"}) add(reserved);
}

size_t WordTable::place(std::string_view word, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  const auto tag = static_cast<uint32_t>(hash >> 32);
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.id == kAbsent || (slot.tag == tag && this->word(slot.id) == word)) return at;
  }
}

WordId WordTable::add(std::string_view word) {
  const uint64_t hash = hash_of(word);
  const size_t at = place(word, hash);
  if (slots_[at].id != kAbsent) return slots_[at].id;
  const WordId id = size();
  slots_[at] = {static_cast<uint32_t>(hash >> 32), id};
  text_ += word;
  ends_.push_back(text_.size());
  if (2 * ends_.size() > slots_.size()) grow();
  return id;
}

WordId WordTable::find(std::string_view word) const {
  return slots_[place(word, hash_of(word))].id;
}

void WordTable::grow() {
  slots_.assign(2 * slots_.size(), Slot{});
  for (WordId id = 0; id < size(); ++id) {
    const uint64_t hash = hash_of(word(id));
    const size_t mask = slots_.size() - 1;
    size_t at = hash & mask;
    while (slots_[at].id != kAbsent) at = (at + 1) & mask;
    slots_[at] = {static_cast<uint32_t>(hash >> 32), id};
  }
}

}  // namespace seq::ngram

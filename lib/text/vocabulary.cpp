// Tokens and their ids; which of them are special.
#include "text/vocabulary.h"

#include <algorithm>
#include <functional>

namespace seq {
namespace {

uint32_t hash_of(std::string_view token) {
  return static_cast<uint32_t>(std::hash<std::string_view>{}(token));
}

}  // namespace

/// Where a token stands in the table, or the free place where it belongs.
size_t Vocabulary::place(std::string_view wanted, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  while (slots_[at].id != kNoToken && (slots_[at].hash != hash || token(slots_[at].id) != wanted)) at = (at + 1) & mask;
  return at;
}

void Vocabulary::grow(size_t tokens) {
  size_t size = std::max<size_t>(slots_.size(), 16);
  while (size < 2 * tokens + 2) size *= 2;
  if (size == slots_.size()) return;
  std::vector<Slot> old(size);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.id == kNoToken) continue;
    size_t at = slot.hash & (size - 1);
    while (slots_[at].id != kNoToken) at = (at + 1) & (size - 1);
    slots_[at] = slot;
  }
}

void Vocabulary::reserve(size_t tokens, size_t bytes) {
  ends_.reserve(tokens + 1);
  text_.reserve(bytes);
  grow(tokens);
}

int32_t Vocabulary::add(std::string_view token) {
  grow(ends_.size());
  const uint32_t hash = hash_of(token);
  Slot& slot = slots_[place(token, hash)];
  if (slot.id != kNoToken) return slot.id;
  slot = {hash, size()};
  text_ += token;
  ends_.push_back(text_.size());
  return slot.id;
}

int32_t Vocabulary::find(std::string_view token) const {
  return slots_.empty() ? kNoToken : slots_[place(token, hash_of(token))].id;
}

void add_special_tokens(Vocabulary& vocabulary, const std::vector<std::string>& roles) {
  for (const SpecialToken& special : kSpecialTokens)
    if (std::find(roles.begin(), roles.end(), special.role) != roles.end())
      vocabulary.*special.id = vocabulary.add(special.spelling);
}

}  // namespace seq

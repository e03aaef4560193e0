// The table for long texts.
#include "text/pipeline/word_cache.h"

#include <functional>

namespace seq {

size_t LongWordCache::place(std::string_view text, uint64_t hash) const {
  size_t at = hash % kSlots;
  const auto differs = [&](const Slot& slot) {
    return slot.hash != hash || std::string_view(texts_).substr(slot.text, slot.size) != text;
  };
  while (slots_[at].size != 0 && differs(slots_[at])) at = (at + 1) % kSlots;
  return at;
}

const int32_t* LongWordCache::find(std::string_view text, size_t& count) const {
  const Slot& slot = slots_[place(text, std::hash<std::string_view>{}(text))];
  if (slot.size == 0) return nullptr;
  count = slot.count;
  return ids_.data() + slot.ids;
}

void LongWordCache::set(std::string_view text, std::span<const int32_t> ids) {
  if (text.empty()) return;
  if (entries_ == kMostEntries || texts_.size() + text.size() > kMostBytes || ids_.size() + ids.size() > kMostBytes) {
    slots_ = ZeroTable<Slot>(kSlots);
    texts_.clear();
    ids_.clear();
    entries_ = 0;
    if (text.size() > kMostBytes || ids.size() > kMostBytes) return;
  }
  const uint64_t hash = std::hash<std::string_view>{}(text);
  Slot& slot = slots_[place(text, hash)];
  if (slot.size != 0) return;
  slot = {hash, static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(text.size()),
          static_cast<uint32_t>(ids_.size()), static_cast<uint32_t>(ids.size())};
  texts_ += text;
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  ++entries_;
}

}  // namespace seq

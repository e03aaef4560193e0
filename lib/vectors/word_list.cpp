// A hash index with open addressing over one block of bytes.
#include "vectors/word_list.h"

#include <functional>
#include <limits>

#include "base/error.h"

namespace seq::vectors {
namespace {

constexpr size_t kFewestSlots = 64;

size_t hash_of(std::string_view word) {
  return std::hash<std::string_view>{}(word);
}

}  // namespace

std::string_view WordList::operator[](int64_t row) const {
  const auto at = static_cast<size_t>(row);
  const uint64_t begin = at == 0 ? 0 : ends_[at - 1];
  return std::string_view(bytes_).substr(begin, ends_[at] - begin);
}

/// Where the word stands, or the free slot where it would.
size_t WordList::slot_of(std::string_view word, size_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  while (slots_[slot] != 0 && (*this)[slots_[slot] - 1] != word) slot = (slot + 1) & mask;
  return slot;
}

bool WordList::add(std::string_view word) {
  if (ends_.size() >= std::numeric_limits<uint32_t>::max() - 1) throw RunError("more than 4 billion words");
  if (2 * (ends_.size() + 1) > slots_.size()) rebuild(std::max(kFewestSlots, 2 * slots_.size()));
  const size_t slot = slot_of(word, hash_of(word));
  if (slots_[slot] != 0) return false;
  bytes_ += word;
  ends_.push_back(bytes_.size());
  slots_[slot] = static_cast<uint32_t>(ends_.size());
  return true;
}

std::optional<int64_t> WordList::find(std::string_view word) const {
  if (slots_.empty()) return std::nullopt;
  const uint32_t found = slots_[slot_of(word, hash_of(word))];
  if (found == 0) return std::nullopt;
  return found - 1;
}

void WordList::truncate(int64_t size) {
  if (size >= this->size()) return;
  ends_.resize(static_cast<size_t>(size));
  bytes_.resize(ends_.empty() ? 0 : ends_.back());
  rebuild(slots_.size());
}

void WordList::rebuild(size_t slots) {
  slots_.assign(slots, 0);
  for (int64_t row = 0; row < size(); ++row)
    slots_[slot_of((*this)[row], hash_of((*this)[row]))] = static_cast<uint32_t>(row + 1);
}

}  // namespace seq::vectors

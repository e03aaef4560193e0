// Sorting and checking of the n-grams of an order.
#include "ngram/arpa_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "ngram/binary_format.h"

namespace seq::ngram {
namespace {

/// -1 when the first n-gram comes before the second, by their last words first.
int compare_suffixes(const WordId* a, const WordId* b, size_t length) {
  for (size_t i = length; i-- > 0;)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

/// Which n-grams of an order there are, by their hashes.
class HashSet {
 public:
  explicit HashSet(const ArpaOrder& order) : slots_(std::bit_ceil(order.size() * 3 / 2 + 2)) {
    for (size_t i = 0; i < order.size(); ++i) {
      const uint64_t hash = hash_of(order.at(i), order.length);
      size_t slot = hash & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = hash;
    }
  }
  static uint64_t hash_of(const WordId* words, size_t length) {
    uint64_t hash = 0;
    for (size_t i = 0; i < length; ++i) hash = extend_hash(hash, words[i]);
    return hash == 0 ? 1 : hash;
  }
  void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  bool contains(uint64_t hash) const {
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != 0 && slots_[slot] != hash) slot = (slot + 1) & (slots_.size() - 1);
    return slots_[slot] == hash;
  }

 private:
  std::vector<uint64_t> slots_;
};

std::optional<Unclosed> find_without_suffix(const ArpaOrder& order, const ArpaOrder& below) {
  size_t parent = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const WordId* const suffix = order.at(i) + 1;
    while (parent < below.size() && compare_suffixes(below.at(parent), suffix, below.length) < 0) ++parent;
    if (parent == below.size() || compare_suffixes(below.at(parent), suffix, below.length) != 0)
      return Unclosed{i, suffix};
  }
  return std::nullopt;
}

std::optional<Unclosed> find_without_context(const ArpaOrder& order, const ArpaOrder& below) {
  const HashSet contexts(below);
  constexpr size_t kAhead = 16;
  std::array<uint64_t, kAhead> hashes{};
  for (size_t i = 0; i < order.size() + kAhead; ++i) {
    if (i >= kAhead && !contexts.contains(hashes[i % kAhead])) return Unclosed{i - kAhead, order.at(i - kAhead)};
    if (i >= order.size()) continue;
    hashes[i % kAhead] = HashSet::hash_of(order.at(i), below.length);
    contexts.prefetch(hashes[i % kAhead]);
  }
  return std::nullopt;
}

}  // namespace

std::optional<size_t> sort_by_suffix(ArpaOrder& order) {
  const size_t length = order.length;
  bool sorted = true;
  for (size_t i = 1; sorted && i < order.size(); ++i)
    sorted = compare_suffixes(order.at(i - 1), order.at(i), length) < 0;
  if (sorted) return std::nullopt;
  ArpaOrder out;
  out.length = length;
  out.first_line = order.first_line;
  out.lines.resize(order.size());
  std::iota(out.lines.begin(), out.lines.end(), 0);
  std::stable_sort(out.lines.begin(), out.lines.end(),
                   [&](uint32_t a, uint32_t b) { return compare_suffixes(order.at(a), order.at(b), length) < 0; });
  for (const uint32_t place : out.lines) {
    out.words.insert(out.words.end(), order.at(place), order.at(place) + length);
    out.probabilities.push_back(order.probabilities[place]);
    if (!order.backoffs.empty()) out.backoffs.push_back(order.backoffs[place]);
  }
  order = std::move(out);
  for (size_t i = 1; i < order.size(); ++i)
    if (compare_suffixes(order.at(i - 1), order.at(i), length) == 0) return i;
  return std::nullopt;
}

std::optional<Unclosed> find_unclosed(const ArpaOrder& order, const ArpaOrder& below) {
  if (const auto found = find_without_suffix(order, below)) return found;
  return find_without_context(order, below);
}

}  // namespace seq::ngram

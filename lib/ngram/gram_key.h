// An n-gram and its count packed into a few machine words, so that sorting compares numbers.
//
// From the highest bit down: the last word, the word before it, and so on to the first; then nothing; in the lowest 32
// bits the count. Ascending keys are n-grams in suffix order. What stands before the start of a sentence is `<s>`.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "ngram/model_sink.h"

namespace seq::ngram {

/// How n-grams are packed: `order` words of `bits` bits each.
struct GramShape {
  int order = 1;
  int bits = 1;
  /// Machine words of a key.
  int size() const { return (order * bits + 32 + 63) / 64; }
};

/// The shape for numbers below `vocabulary`.
inline GramShape gram_shape(int order, uint64_t vocabulary) {
  return {order, std::max(2, static_cast<int>(std::bit_width(vocabulary - 1)))};
}

template <int K>
struct GramKey {
  std::array<uint64_t, K> parts;

  uint32_t count() const { return static_cast<uint32_t>(parts[K - 1]); }
  void set_count(uint32_t count) { parts[K - 1] = (parts[K - 1] >> 32 << 32) | count; }

  /// Word `j` counted from the last, which is 0.
  WordId word(int j, int bits) const {
    const int place = j * bits;
    const auto part = static_cast<size_t>(place / 64);
    const int offset = place % 64;
    uint64_t value = parts[part] << offset;
    if (offset + bits > 64) value |= parts[part + 1] >> (64 - offset);
    return static_cast<WordId>(value >> (64 - bits));
  }

  /// Moves every word one place back, drops the first and puts a new last one; `mask` is all_words() of the shape.
  void push(WordId word, int bits, const GramKey& mask) {
    for (size_t i = K - 1; i > 0; --i) parts[i] = (parts[i] >> bits | parts[i - 1] << (64 - bits)) & mask.parts[i];
    parts[0] = (parts[0] >> bits | static_cast<uint64_t>(word) << (64 - bits)) & mask.parts[0];
  }
  /// The bits that words take.
  static GramKey all_words(const GramShape& shape) {
    GramKey mask{};
    for (int i = 0; i < K; ++i) {
      const int used = std::clamp(shape.order * shape.bits - 64 * i, 0, 64);
      mask.parts[static_cast<size_t>(i)] = used == 0 ? 0 : ~0ULL << (64 - used);
    }
    return mask;
  }
  /// The start of a sentence.
  static GramKey sentence_start(const GramShape& shape) {
    const GramKey mask = all_words(shape);
    GramKey key{};
    for (int i = 0; i < shape.order; ++i) key.push(kBeginSentence, shape.bits, mask);
    return key;
  }

  /// How many words from the last backwards two keys share.
  int shared(const GramKey& other, const GramShape& shape) const {
    for (size_t i = 0; i < K; ++i)
      if (const uint64_t difference = parts[i] ^ other.parts[i]; difference != 0)
        return std::min((static_cast<int>(i) * 64 + std::countl_zero(difference)) / shape.bits, shape.order);
    return shape.order;
  }

  friend bool operator<(const GramKey& a, const GramKey& b) {
    for (size_t i = 0; i < K; ++i)
      if (a.parts[i] != b.parts[i]) return a.parts[i] < b.parts[i];
    return false;
  }
};

/// Calls `work` with an integral constant: the size of a shape's keys, or the next larger one that is compiled.
template <class Work>
auto with_key_size(const GramShape& shape, const Work& work) {
  const int size = shape.size();
  if (size <= 1) return work(std::integral_constant<int, 1>{});
  if (size <= 2) return work(std::integral_constant<int, 2>{});
  if (size <= 3) return work(std::integral_constant<int, 3>{});
  if (size <= 5) return work(std::integral_constant<int, 5>{});
  return work(std::integral_constant<int, 9>{});
}

}  // namespace seq::ngram

// The binary tree of hierarchical softmax: frequent words lie near its root.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seq::vectors {

/// The path to each word: which inner nodes it passes, and where it turns (Morin & Bengio 2005; Huffman's codes as in
/// Mikolov et al. 2013).
class HuffmanTree {
 public:
  /// Counts in descending order, at least two of them. Ties are broken by position. Throws Error when a path is longer
  /// than one update takes, for which counts must grow as Fibonacci's numbers do.
  explicit HuffmanTree(std::span<const uint64_t> counts);

  /// Inner nodes from the root on; numbers below counts.size() - 1.
  std::span<const uint32_t> nodes(uint32_t word) const { return slice(nodes_, word); }
  /// For each of them 1 when the path turns left, which its sigmoid is to predict, else 0.
  std::span<const float> labels(uint32_t word) const { return slice(labels_, word); }

 private:
  template <class T>
  std::span<const T> slice(const std::vector<T>& all, uint32_t word) const {
    return {all.data() + starts_[word], starts_[word + 1] - starts_[word]};
  }
  std::vector<size_t> starts_;
  std::vector<uint32_t> nodes_;
  std::vector<float> labels_;
};

}  // namespace seq::vectors

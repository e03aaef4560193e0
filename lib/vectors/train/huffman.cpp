// Two queues: words by ascending count, and inner nodes, which come into being in ascending order.
#include "vectors/train/huffman.h"

#include <fmt/format.h>

#include "base/error.h"
#include "vectors/train/update.h"

namespace seq::vectors {

HuffmanTree::HuffmanTree(std::span<const uint64_t> counts) {
  const size_t words = counts.size();
  std::vector<uint64_t> weights(counts.begin(), counts.end());  // words, then inner nodes
  std::vector<size_t> parents(2 * words - 1);
  std::vector<char> left(2 * words - 1);
  weights.reserve(2 * words - 1);
  size_t next_word = words;  // one behind the rarest word that is left
  size_t next_node = words;
  const auto lightest = [&] {
    const bool word = next_word > 0 && (next_node == weights.size() || weights[next_word - 1] <= weights[next_node]);
    return word ? --next_word : next_node++;
  };
  for (size_t node = words; node < 2 * words - 1; ++node) {
    const size_t first = lightest();
    const size_t second = lightest();
    weights.push_back(weights[first] + weights[second]);
    parents[first] = parents[second] = node;
    left[first] = 1;
  }
  const size_t root = 2 * words - 2;
  starts_.push_back(0);
  for (size_t word = 0; word < words; ++word) {
    const size_t begin = nodes_.size();
    for (size_t node = word; node != root; node = parents[node]) {
      nodes_.push_back(static_cast<uint32_t>(root - parents[node]));  // the root is node 0
      labels_.push_back(left[node] != 0 ? 1.0F : 0.0F);
    }
    for (size_t i = begin, j = nodes_.size(); i + 1 < j; ++i) {
      std::swap(nodes_[i], nodes_[--j]);
      std::swap(labels_[i], labels_[j]);
    }
    if (nodes_.size() - begin > kMaxOutputs)
      throw Error(
          fmt::format("word {}: its path in Huffman's tree has {} nodes, at most {} (take model.loss "
                      "negative_sampling, or counts of a real text)",
                      word, nodes_.size() - begin, kMaxOutputs));
    starts_.push_back(nodes_.size());
  }
}

}  // namespace seq::vectors

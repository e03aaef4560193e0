// A set of byte strings with numbers, walked byte by byte: a double array (Aoe 1989).
//
//   uint32_t node = Trie::kRoot;
//   for (char byte : text) {
//     if (!trie.step(node, byte)) break;
//     if (trie.value(node) != kNoToken) …  // text up to here is a key
//   }
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "text/vocabulary.h"

namespace seq {

/// Built once, then only read.
class Trie {
 public:
  static constexpr uint32_t kRoot = 0;
  using Key = std::pair<std::string_view, int32_t>;
  Trie() : Trie(std::vector<Key>{}) {}
  /// Keys in any order with values that are not negative. Empty keys are left out; of equal keys the last counts.
  explicit Trie(std::vector<Key> keys);

  /// Moves to the child of a byte. False, with `node` as it was, when there is none.
  bool step(uint32_t& node, char byte) const {
    const uint32_t next = nodes_[node].base ^ static_cast<unsigned char>(byte);
    if (nodes_[next].parent != node) return false;
    node = next;
    return true;
  }
  /// kNoToken when no key ends here.
  int32_t value(uint32_t node) const { return nodes_[node].value; }

 private:
  struct Builder;
  struct Node {
    uint32_t base;    ///< a child stands at base XOR byte; always within the array
    uint32_t parent;  ///< kNowhere when the node is free
    int32_t value;
  };
  static constexpr uint32_t kNowhere = 0xFFFFFFFF;
  static constexpr uint32_t kNoParent = 0xFFFFFFFE;  ///< the root's
  std::vector<Node> nodes_;
};

}  // namespace seq

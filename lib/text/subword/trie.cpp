// Building a double array: nodes are placed in the order of their keys, each at the first place where its children fit.
#include "text/subword/trie.h"

#include <algorithm>

namespace seq {

/// Free nodes form a circle through their places; blocks of 256 are added when none fits.
struct Trie::Builder {
  using Keys = std::vector<std::pair<std::string_view, int32_t>>;
  static constexpr uint32_t kBlock = 256;
  static constexpr int kTries = 32;  ///< places looked at before a new block is taken

  Builder(const Keys& sorted, std::vector<Node>& nodes_to_fill) : keys(sorted), nodes(nodes_to_fill) {
    add_block();
    take(kRoot, kNoParent);
    struct Range {
      uint32_t node;
      size_t begin, end, depth;
    };
    std::vector<Range> open;
    if (!keys.empty()) open.push_back({kRoot, 0, keys.size(), 0});
    while (!open.empty()) {
      Range range = open.back();
      open.pop_back();
      if (keys[range.begin].first.size() == range.depth) nodes[range.node].value = keys[range.begin++].second;
      bytes.clear();
      starts.clear();
      for (size_t i = range.begin; i < range.end;) {
        bytes.push_back(static_cast<unsigned char>(keys[i].first[range.depth]));
        starts.push_back(i);
        while (i < range.end && static_cast<unsigned char>(keys[i].first[range.depth]) == bytes.back()) ++i;
      }
      if (bytes.empty()) continue;
      starts.push_back(range.end);
      const uint32_t base = find_base();
      nodes[range.node].base = base;
      for (const uint32_t byte : bytes) take(base ^ byte, range.node);
      for (size_t k = bytes.size(); k-- > 0;)
        open.push_back({base ^ bytes[k], starts[k], starts[k + 1], range.depth + 1});
    }
  }

  /// Where all of `bytes` find a free node. One base serves one node only, as a child knows its parent by number.
  uint32_t find_base() {
    if (first_free != kNowhere) {
      uint32_t place = first_free;
      for (int tries = 0; tries < kTries; ++tries) {
        const uint32_t base = place ^ bytes.front();
        if (std::all_of(bytes.begin(), bytes.end(), [&](uint32_t b) { return nodes[base ^ b].parent == kNowhere; }))
          return base;
        place = links[place].next;
        if (place == first_free) break;
      }
      // What stands first was looked at in vain; the search goes on elsewhere, so that it does not slow down.
      if (bytes.size() > 1) first_free = place;
    }
    const auto block = static_cast<uint32_t>(nodes.size());
    add_block();
    return block;
  }

  void add_block() {
    const auto start = static_cast<uint32_t>(nodes.size());
    nodes.resize(start + kBlock, {0, kNowhere, kNoToken});
    links.resize(start + kBlock);
    for (uint32_t i = start; i < start + kBlock; ++i) {
      if (first_free == kNowhere) {
        first_free = i;
        links[i] = {i, i};
        continue;
      }
      const uint32_t last = links[first_free].previous;
      links[i] = {last, first_free};
      links[last].next = links[first_free].previous = i;
    }
  }

  void take(uint32_t place, uint32_t parent) {
    nodes[place].parent = parent;
    const Link link = links[place];
    if (link.next == place) {
      first_free = kNowhere;
      return;
    }
    links[link.previous].next = link.next;
    links[link.next].previous = link.previous;
    if (first_free == place) first_free = link.next;
  }

  struct Link {
    uint32_t previous, next;
  };
  const Keys& keys;
  std::vector<Node>& nodes;
  std::vector<Link> links;
  uint32_t first_free = kNowhere;
  std::vector<uint32_t> bytes;
  std::vector<size_t> starts;
};

Trie::Trie(std::vector<std::pair<std::string_view, int32_t>> keys) {
  std::erase_if(keys, [](const auto& key) { return key.first.empty(); });
  std::stable_sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  size_t kept = 0;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i + 1 < keys.size() && keys[i + 1].first == keys[i].first) continue;
    keys[kept++] = keys[i];
  }
  keys.resize(kept);
  Builder(keys, nodes_);
}

}  // namespace seq

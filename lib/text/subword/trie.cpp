// Building a double array: nodes are placed in the order of their keys, which each node sorts by one byte, and each at
// the first place where its children fit.
#include "text/subword/trie.h"

#include <algorithm>
#include <array>

namespace seq {

/// Free nodes form a circle through their places; blocks of 256 are added when none fits.
struct Trie::Builder {
  static constexpr uint32_t kBlock = 256;
  static constexpr int kTries = 64;  ///< places looked at before a new block is taken

  Builder(std::vector<Key> all_keys, std::vector<Node>& nodes_to_fill)
      : keys(std::move(all_keys)), nodes(nodes_to_fill) {
    size_t most = kBlock;
    for (const Key& key : keys) most += key.first.size();
    nodes.reserve(most);
    links.reserve(most);
    add_block();
    take(kRoot, kNoParent);
    struct Open {
      uint32_t node;
      size_t begin, end, depth;
    };
    std::vector<Open> open;
    if (!keys.empty()) open.push_back({kRoot, 0, keys.size(), 0});
    while (!open.empty()) {
      Open range = open.back();
      open.pop_back();
      if (range.end - range.begin == 1) {
        add_rest(range.node, keys[range.begin], range.depth);
        continue;
      }
      order(range.begin, range.end, range.depth);
      while (range.begin < range.end && keys[range.begin].first.size() == range.depth)
        nodes[range.node].value = keys[range.begin++].second;
      bytes.clear();
      starts.clear();
      for (size_t i = range.begin; i < range.end;) {
        bytes.push_back(static_cast<uint32_t>(byte_of(keys[i], range.depth) - 1));
        starts.push_back(i);
        while (i < range.end && byte_of(keys[i], range.depth) == bytes.back() + 1) ++i;
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

  /// The nodes of a key that shares none any more, which are most.
  void add_rest(uint32_t node, const Key& key, size_t depth) {
    for (; depth < key.first.size(); ++depth) {
      if (first_free == kNowhere) add_block();
      const uint32_t place = first_free;
      nodes[node].base = place ^ static_cast<unsigned char>(key.first[depth]);
      take(place, node);
      node = place;
    }
    nodes[node].value = key.second;
  }

  /// A byte of a key and one; 0 behind its end.
  static size_t byte_of(const Key& key, size_t depth) {
    return depth < key.first.size() ? static_cast<unsigned char>(key.first[depth]) + size_t{1} : 0;
  }

  /// Sorts keys by a byte; equal ones stay in their order. Small ranges, which are most, by insertion.
  void order(size_t begin, size_t end, size_t depth) {
    if (end - begin <= 16) {
      for (size_t i = begin + 1; i < end; ++i)
        for (size_t k = i; k > begin && byte_of(keys[k], depth) < byte_of(keys[k - 1], depth); --k)
          std::swap(keys[k], keys[k - 1]);
      return;
    }
    std::array<size_t, 258> places{};
    for (size_t i = begin; i < end; ++i) ++places[byte_of(keys[i], depth) + 1];
    for (size_t byte = 1; byte < places.size(); ++byte) places[byte] += places[byte - 1];
    const auto first = keys.begin() + static_cast<std::ptrdiff_t>(begin);
    ordered.assign(first, keys.begin() + static_cast<std::ptrdiff_t>(end));
    for (const Key& key : ordered) keys[begin + places[byte_of(key, depth)]++] = key;
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
  std::vector<Key> keys;
  std::vector<Key> ordered;
  std::vector<Node>& nodes;
  std::vector<Link> links;
  uint32_t first_free = kNowhere;
  std::vector<uint32_t> bytes;
  std::vector<size_t> starts;
};

Trie::Trie(std::vector<Key> keys) {
  std::erase_if(keys, [](const Key& key) { return key.first.empty(); });
  Builder(std::move(keys), nodes_);
}

}  // namespace seq

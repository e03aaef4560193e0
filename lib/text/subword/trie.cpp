// Building a double array: nodes are placed in the order of their keys, each at the first place where its children fit.
#include "text/subword/trie.h"

#include <algorithm>

namespace seq {
namespace {

/// The first eight bytes as a number: most comparisons of keys end with it.
uint64_t first_bytes(std::string_view text) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < 8; ++i) bytes = bytes << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return bytes;
}

}  // namespace

struct Trie::Key {
  uint64_t first;
  std::string_view text;
  uint32_t number;
  int32_t value;
  bool operator<(const Key& other) const {
    if (first != other.first) return first < other.first;
    const int order = text.compare(other.text);
    return order != 0 ? order < 0 : number < other.number;
  }
};

/// Free nodes form a circle through their places; blocks of 256 are added when none fits.
struct Trie::Builder {
  static constexpr uint32_t kBlock = 256;
  static constexpr int kTries = 32;  ///< places looked at before a new block is taken

  Builder(const std::vector<Key>& sorted, size_t bytes_of_keys, std::vector<Node>& nodes_to_fill)
      : keys(sorted), nodes(nodes_to_fill) {
    nodes.reserve(bytes_of_keys + kBlock);
    links.reserve(bytes_of_keys + kBlock);
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
      if (keys[range.begin].text.size() == range.depth) nodes[range.node].value = keys[range.begin++].value;
      bytes.clear();
      starts.clear();
      for (size_t i = range.begin; i < range.end;) {
        bytes.push_back(static_cast<unsigned char>(keys[i].text[range.depth]));
        starts.push_back(i);
        while (i < range.end && static_cast<unsigned char>(keys[i].text[range.depth]) == bytes.back()) ++i;
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
  const std::vector<Key>& keys;
  std::vector<Node>& nodes;
  std::vector<Link> links;
  uint32_t first_free = kNowhere;
  std::vector<uint32_t> bytes;
  std::vector<size_t> starts;
};

Trie::Trie(const std::vector<std::pair<std::string_view, int32_t>>& keys) {
  std::vector<Key> sorted;
  sorted.reserve(keys.size());
  size_t bytes = 0;
  for (const auto& [text, value] : keys) {
    if (text.empty()) continue;
    sorted.push_back({first_bytes(text), text, static_cast<uint32_t>(sorted.size()), value});
    bytes += text.size();
  }
  std::sort(sorted.begin(), sorted.end());
  size_t kept = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i + 1 < sorted.size() && sorted[i + 1].text == sorted[i].text) continue;
    sorted[kept++] = sorted[i];
  }
  sorted.resize(kept);
  Builder(sorted, bytes, nodes_);
}

}  // namespace seq

// What words gave before: most of a text are words that were there already.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seq {

/// Zeros that cost no memory until they are written, so that short runs of the program do not pay for a large table.
template <class T>
class ZeroTable {
 public:
  explicit ZeroTable(size_t size) : data_(static_cast<T*>(std::calloc(size, sizeof(T))), std::free) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }

 private:
  std::unique_ptr<T, decltype(&std::free)> data_;
};

/// From short texts to their ids; one thread's own. Entries overwrite each other, so that memory stays bounded, and
/// nothing is allocated by a look-up. An entry is half a cache line.
class WordCache {
 public:
  static constexpr size_t kLongestKey = 15;
  static constexpr size_t kMostIds = 3;

  WordCache() : entries_(kEntries) {}

  /// A key: the text's bytes and its length in two words. `text` has at most kLongestKey bytes.
  struct Key {
    uint64_t low;
    uint64_t high;
  };
  static Key key(std::string_view text) {
    unsigned char bytes[16] = {};
    std::memcpy(bytes, text.data(), text.size());
    bytes[15] = static_cast<unsigned char>(text.size());
    Key key{};
    std::memcpy(&key.low, bytes, 8);
    std::memcpy(&key.high, bytes + 8, 8);
    return key;
  }

  struct Entry {
    Key key;
    std::array<int32_t, kMostIds> ids;
    int32_t count;
  };

  /// The entry of a key when it is there; no text has an empty key, so that free entries are never found.
  const Entry* find(const Key& wanted) const {
    const Entry& entry = entries_[place(wanted)];
    return entry.key.low == wanted.low && entry.key.high == wanted.high ? &entry : nullptr;
  }
  /// Keeps at most kMostIds ids.
  void set(const Key& key, std::span<const int32_t> ids) {
    Entry& entry = entries_[place(key)];
    entry.key = key;
    entry.count = static_cast<int32_t>(ids.size());
    for (size_t i = 0; i < ids.size(); ++i) entry.ids[i] = ids[i];
  }

 private:
  static constexpr size_t kEntries = size_t{1} << 16;
  static size_t place(const Key& key) {
    return static_cast<size_t>(((key.low ^ (key.high * 0xC2B2AE3D27D4EB4FULL)) * 0x9E3779B97F4A7C15ULL) >> 48);
  }
  ZeroTable<Entry> entries_;  ///< 2 MB
};

/// The same for texts of any length and any number of ids, by a hash table over one buffer of each; emptied when full.
class LongWordCache {
 public:
  LongWordCache() : slots_(kSlots) {}
  /// The ids of a text, or nullptr. Valid until the next `set`.
  const int32_t* find(std::string_view text, size_t& count) const;
  void set(std::string_view text, std::span<const int32_t> ids);

 private:
  static constexpr size_t kSlots = size_t{1} << 17;
  static constexpr size_t kMostEntries = kSlots / 2;
  static constexpr size_t kMostBytes = size_t{1} << 24;
  struct Slot {
    uint64_t hash;
    uint32_t text, size, ids, count;
  };
  size_t place(std::string_view text, uint64_t hash) const;
  ZeroTable<Slot> slots_;
  std::string texts_;
  std::vector<int32_t> ids_;
  size_t entries_ = 0;
};

}  // namespace seq

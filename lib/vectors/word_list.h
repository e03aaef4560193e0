// Words by row, and the row of a word.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seq::vectors {

/// Distinct words in a fixed order. All their bytes lie in one block; the index costs 8 bytes a word or less.
class WordList {
 public:
  /// Appends a word. False, and nothing is added, when it is there already.
  bool add(std::string_view word);

  int64_t size() const { return static_cast<int64_t>(ends_.size()); }
  /// Valid until the next word is added.
  std::string_view operator[](int64_t row) const;
  std::optional<int64_t> find(std::string_view word) const;
  /// Forgets the words after the first `size`.
  void truncate(int64_t size);

 private:
  size_t slot_of(std::string_view word, size_t hash) const;
  void rebuild(size_t slots);

  std::string bytes_;
  std::vector<uint64_t> ends_;
  std::vector<uint32_t> slots_;  ///< row + 1, or 0; open addressing, a power of two
};

}  // namespace seq::vectors

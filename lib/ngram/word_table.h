// Words to numbers in the order of their first use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngram/model_sink.h"

namespace seq::ngram {

/// A hash table with open addressing; the words stand one after another in one string.
class WordTable {
 public:
  /// Holds `<unk>`, `<s>`, `</s>` from the start.
  WordTable();

  /// The number of a word, a new one when it was not there.
  WordId add(std::string_view word);
  /// kAbsent when it is not there.
  WordId find(std::string_view word) const;
  static constexpr WordId kAbsent = 0xFFFFFFFF;

  WordId size() const { return static_cast<WordId>(ends_.size()); }
  std::string_view word(WordId id) const {
    const uint64_t begin = id == 0 ? 0 : ends_[id - 1];
    return std::string_view(text_).substr(begin, ends_[id] - begin);
  }
  /// The memory that it takes.
  uint64_t bytes() const {
    return slots_.capacity() * sizeof(Slot) + text_.capacity() + ends_.capacity() * sizeof(uint64_t);
  }

 private:
  struct Slot {
    uint32_t tag = 0;  ///< half of the hash, the half that does not choose the place
    WordId id = kAbsent;
  };
  size_t place(std::string_view word, uint64_t hash) const;
  void grow();

  std::vector<Slot> slots_;
  std::string text_;
  std::vector<uint64_t> ends_;
};

}  // namespace seq::ngram

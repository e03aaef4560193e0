// Words to ids while an ARPA file is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ngram/binary_format.h"

namespace seq::ngram {

/// A growing vocabulary. Ids 0, 1, 2 are `<unk>`, `<s>`, `</s>` from the start.
class GrowingVocabulary {
 public:
  GrowingVocabulary() : slots_(1024) {
    for (const char* special : {"<unk>", "<s>", "</s>"}) add(special);
  }

  /// The id of a word, which is added when it is new.
  WordId add(std::string_view word) {
    size_t slot = find_slot(word);
    if (slots_[slot] == kNone) {
      if (2 * words_.size() > slots_.size()) {
        grow();
        slot = find_slot(word);
      }
      slots_[slot] = static_cast<WordId>(words_.size()) + 1;
      words_.emplace_back(word);
    }
    return slots_[slot] - 1;
  }
  /// False when it is absent.
  bool find(std::string_view word, WordId& id) const {
    const size_t slot = find_slot(word);
    id = slots_[slot] - 1;
    return slots_[slot] != kNone;
  }
  const std::vector<std::string>& words() const { return words_; }

 private:
  static constexpr WordId kNone = 0;
  size_t find_slot(std::string_view word) const {
    size_t slot = hash_word(word) & (slots_.size() - 1);
    while (slots_[slot] != kNone && words_[slots_[slot] - 1] != word) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  void grow() {
    slots_.assign(2 * slots_.size(), kNone);
    for (size_t id = 0; id < words_.size(); ++id) slots_[find_slot(words_[id])] = static_cast<WordId>(id) + 1;
  }
  std::vector<WordId> slots_;  ///< id and 1
  std::vector<std::string> words_;
};

}  // namespace seq::ngram

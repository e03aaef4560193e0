// Words to the numbers of a list, for many words at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/spaced_words.h"
#include "text/subword/word_counts.h"

namespace seq {

/// Numbers words in the order in which they are added. Safe from several threads once all are there.
class WordRows {
 public:
  void add(std::string_view word) { rows_.add(word, ++size_); }
  int32_t size() const { return static_cast<int32_t>(size_); }

  /// The numbers of a piece's words, with `line_end` for each line end and `unknown` for words that are not here, which
  /// without it are left out.
  void encode(std::string_view piece, int32_t line_end, std::optional<int32_t> unknown,
              std::vector<int32_t>& ids) const {
    // Memory is fetched for some words at once before the first of them is looked up.
    std::array<WordCounts::Key, 32> keys;
    size_t count = 0;
    const auto look_up = [&] {
      for (size_t i = 0; i < count; ++i) {
        if (const uint64_t row = rows_.count(keys[i]); row > 0) {
          ids.push_back(static_cast<int32_t>(row - 1));
        } else if (unknown) {
          ids.push_back(*unknown);
        }
      }
      count = 0;
    };
    ids.clear();
    each_spaced_word(
        piece,
        [&](std::string_view word, size_t readable) {
          keys[count] = WordCounts::key(word, readable);
          rows_.fetch(keys[count]);
          if (++count == keys.size()) look_up();
        },
        [&] {
          look_up();
          ids.push_back(line_end);
        });
    look_up();
  }

 private:
  WordCounts rows_;  ///< each number and 1
  uint64_t size_ = 0;
};

}  // namespace seq

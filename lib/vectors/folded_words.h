// Words compared without regard to case, as the usual evaluations do it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vectors/word_list.h"

namespace seq::vectors {

/// Upper case of any script by Unicode's full mapping (ß becomes SS); bytes that are not UTF-8 become U+FFFD.
std::string upper_case(std::string_view text);

/// The first words of a list, found by themselves or by their upper case. Of words that differ only in case, the first
/// stands for all.
class FoldedWords {
 public:
  enum class Case { respected, ignored };

  FoldedWords(const WordList& words, int64_t size, Case letter_case);

  /// The row that stands for a word.
  std::optional<int64_t> find(std::string_view word) const;
  int64_t size() const { return static_cast<int64_t>(first_.size()); }
  /// The row that stands for a row.
  int64_t standing_for(int64_t row) const { return first_[static_cast<size_t>(row)]; }
  /// All rows for which this one stands, itself among them.
  std::vector<int64_t> variants(int64_t row) const;

 private:
  const WordList& words_;
  Case case_;
  WordList folded_;
  std::vector<int64_t> row_of_folded_;
  std::vector<int64_t> first_;                         ///< by row
  std::vector<std::pair<int64_t, int64_t>> variants_;  ///< (first row, other row), sorted
};

}  // namespace seq::vectors

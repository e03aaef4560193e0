// Upper case by ICU, with a short way for ASCII.
#include "vectors/folded_words.h"

#include <unicode/ucasemap.h>

#include <algorithm>
#include <memory>

#include "base/error.h"

namespace seq::vectors {
namespace {

struct CloseMap {
  void operator()(UCaseMap* map) const { ucasemap_close(map); }
};

const UCaseMap* case_map() {
  static const std::unique_ptr<UCaseMap, CloseMap> map = [] {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<UCaseMap, CloseMap>(ucasemap_open("", 0, &status));
  }();
  return map.get();
}

}  // namespace

std::string upper_case(std::string_view text) {
  std::string upper(text);
  bool ascii = true;
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  }
  if (ascii) return upper;
  upper.resize(3 * text.size() + 1);  // no letter grows more
  UErrorCode status = U_ZERO_ERROR;
  const int32_t size = ucasemap_utf8ToUpper(case_map(), upper.data(), static_cast<int32_t>(upper.size()), text.data(),
                                            static_cast<int32_t>(text.size()), &status);
  if (U_FAILURE(status)) return std::string(text);
  upper.resize(static_cast<size_t>(size));
  return upper;
}

FoldedWords::FoldedWords(const WordList& words, int64_t size, Case letter_case) : words_(words), case_(letter_case) {
  first_.resize(static_cast<size_t>(size));
  for (int64_t row = 0; row < size; ++row) {
    first_[static_cast<size_t>(row)] = row;
    if (case_ == Case::respected) continue;
    const std::string upper = upper_case(words[row]);
    if (folded_.add(upper)) {
      row_of_folded_.push_back(row);
    } else {
      const int64_t first = row_of_folded_[static_cast<size_t>(*folded_.find(upper))];
      first_[static_cast<size_t>(row)] = first;
      variants_.emplace_back(first, row);
    }
  }
  std::sort(variants_.begin(), variants_.end());
}

std::optional<int64_t> FoldedWords::find(std::string_view word) const {
  if (case_ == Case::respected) {
    const auto row = words_.find(word);
    return row && *row < size() ? row : std::nullopt;
  }
  const auto folded = folded_.find(upper_case(word));
  if (!folded) return std::nullopt;
  return row_of_folded_[static_cast<size_t>(*folded)];
}

std::vector<int64_t> FoldedWords::variants(int64_t row) const {
  std::vector<int64_t> rows = {row};
  for (auto one = std::lower_bound(variants_.begin(), variants_.end(), std::pair{row, int64_t{0}});
       one != variants_.end() && one->first == row; ++one)
    rows.push_back(one->second);
  return rows;
}

}  // namespace seq::vectors

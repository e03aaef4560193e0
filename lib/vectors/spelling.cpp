// Edit distance with the columns of its table as bits of a word (Hyyrö 2003, "A bit-vector algorithm for computing
// Levenshtein and Damerau edit distances").
#include "vectors/spelling.h"

#include <algorithm>
#include <array>

namespace seq::vectors {
namespace {

constexpr size_t kLongest = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// A pattern prepared for many texts.
class Pattern {
 public:
  explicit Pattern(std::string_view pattern) : size_(pattern.size()) {
    for (size_t i = 0; i < size_; ++i) places_[static_cast<unsigned char>(pattern[i])] |= uint64_t{1} << i;
  }

  template <class Map>
  int64_t distance(std::string_view text, const Map& map) const {
    if (size_ == 0) return static_cast<int64_t>(text.size());
    const uint64_t last = uint64_t{1} << (size_ - 1);
    uint64_t up = ~uint64_t{0}, down = 0, diagonal = 0, matches_before = 0;
    auto distance = static_cast<int64_t>(size_);
    for (const char c : text) {
      const uint64_t matches = places_[static_cast<unsigned char>(map(c))];
      const uint64_t swapped = ((~diagonal & matches) << 1) & matches_before;
      diagonal = (((matches & up) + up) ^ up) | matches | down | swapped;
      uint64_t right = down | ~(diagonal | up);
      uint64_t left = diagonal & up;
      if ((right & last) != 0) ++distance;
      if ((left & last) != 0) --distance;
      right = (right << 1) | 1;
      left <<= 1;
      up = left | ~(diagonal | right);
      down = right & diagonal;
      matches_before = matches;
    }
    return distance;
  }

 private:
  size_t size_;
  std::array<uint64_t, 256> places_{};
};

}  // namespace

int64_t edit_distance(std::string_view pattern, std::string_view text) {
  return Pattern(pattern.substr(0, kLongest)).distance(text, [](char c) { return c; });
}

std::vector<int64_t> similar_spellings(const WordList& words, std::string_view word, size_t most) {
  if (word.empty() || word.size() > kLongest) return {};
  std::string lowered(word);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  const Pattern pattern(lowered);
  const auto size = static_cast<int64_t>(word.size());
  const int64_t allowed = size <= 2 ? 1 : size <= 8 ? 2 : 3;
  std::vector<std::pair<int64_t, int64_t>> found;  // distance and row
  for (int64_t row = 0; row < words.size(); ++row) {
    const std::string_view candidate = words[row];
    if (std::abs(static_cast<int64_t>(candidate.size()) - size) > allowed) continue;
    const int64_t distance = pattern.distance(candidate, lower);
    if (distance <= allowed && distance < size) found.emplace_back(distance, row);
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
  std::partial_sort(found.begin(), end, found.end());
  std::vector<int64_t> rows;
  for (auto one = found.begin(); one != end; ++one) rows.push_back(one->second);
  return rows;
}

std::string missing_word(const WordList& words, std::string_view word) {
  constexpr size_t kSuggestions = 3, kShown = 80;
  std::string text = "\"" + std::string(word.substr(0, kShown)) + "\" is not in the vocabulary";
  const std::vector<int64_t> rows = similar_spellings(words, word, kSuggestions);
  for (size_t i = 0; i < rows.size(); ++i) {
    text += i == 0 ? " (did you mean " : i + 1 == rows.size() ? " or " : ", ";
    text += words[rows[i]];
  }
  return text + (rows.empty() ? "" : "?)");
}

}  // namespace seq::vectors

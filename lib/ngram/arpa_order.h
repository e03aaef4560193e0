// The n-grams of one order of an ARPA file, brought into suffix order and held against those of the order below.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ngram/model_sink.h"

namespace seq::ngram {

struct ArpaOrder {
  size_t length = 1;          ///< words of an n-gram
  std::vector<WordId> words;  ///< [n * length]
  std::vector<float> probabilities;
  std::vector<float> backoffs;
  std::vector<uint32_t> lines;  ///< after the section's first, where the n-grams had to be sorted
  int64_t first_line = 0;

  size_t size() const { return probabilities.size(); }
  const WordId* at(size_t index) const { return &words[index * length]; }
  int64_t line(size_t index) const {
    return first_line + (lines.empty() ? static_cast<int64_t>(index) : static_cast<int64_t>(lines[index]));
  }
};

/// Into suffix order. Gives an n-gram that comes a second time, if one does.
std::optional<size_t> sort_by_suffix(ArpaOrder& order);

/// An n-gram of which some words, the first or the last ones, are no n-gram of the order below.
struct Unclosed {
  size_t index;
  const WordId* part;
};
std::optional<Unclosed> find_unclosed(const ArpaOrder& order, const ArpaOrder& below);

}  // namespace seq::ngram

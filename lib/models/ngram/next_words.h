// The words that may follow a sentence so far.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "ngram/text_model.h"

namespace seq {

/// The words of a sentence so far, as hashes.
class Sentence {
 public:
  Sentence() { clear(); }
  void clear();
  void add(std::string_view word);
  /// As much as any model looks at.
  std::span<const uint64_t> history() const;

 private:
  std::vector<uint64_t> hashes_;
};

struct Candidate {
  size_t id;
  double log10;
};

/// In a fixed order, the more probable first.
bool by_probability(const Candidate& a, const Candidate& b);

/// The words that may follow, the `top_k` most probable first (0: all, in no order). Never `<s>`, since a sentence does
/// not begin within one, nor `<unk>`, which stands for no word.
std::vector<Candidate> next_words(const ngram::TextModel& model, const Sentence& sentence, int64_t top_k);

}  // namespace seq

// Next words by going over the whole vocabulary.
#include "models/ngram/next_words.h"

#include <algorithm>

namespace seq {

using ngram::hash_word;

void Sentence::clear() {
  hashes_.assign(1, hash_word("<s>"));
}

void Sentence::add(std::string_view word) {
  hashes_.push_back(hash_word(word));
}

std::span<const uint64_t> Sentence::history() const {
  return std::span(hashes_).last(std::min<size_t>(hashes_.size(), ngram::kMaxOrder - 1));
}

bool by_probability(const Candidate& a, const Candidate& b) {
  return a.log10 != b.log10 ? a.log10 > b.log10 : a.id < b.id;
}

std::vector<Candidate> next_words(const ngram::TextModel& model, const Sentence& sentence, int64_t top_k) {
  std::vector<double> log10;
  model.predict(sentence.history(), log10);
  std::vector<Candidate> all;
  all.reserve(log10.size());
  for (size_t id = 0; id < log10.size(); ++id) {
    const std::string_view word = model.word(id);
    if (word != "<s>" && word != "<unk>" && log10[id] > -99) all.push_back({id, log10[id]});
  }
  if (top_k > 0) {
    const size_t kept = std::min(all.size(), static_cast<size_t>(top_k));
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), by_probability);
    all.resize(kept);
  }
  return all;
}

}  // namespace seq

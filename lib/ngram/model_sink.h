// What a counted n-gram model is made of, and where it can be sent: an ARPA file, a binary model, memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace seq::ngram {

/// A word's number in a model: 0 is `<unk>`, 1 `<s>`, 2 `</s>`, the others follow from 3.
using WordId = uint32_t;
inline constexpr WordId kUnknownWord = 0;
inline constexpr WordId kBeginSentence = 1;
inline constexpr WordId kEndSentence = 2;

/// No model has more words in an n-gram.
inline constexpr int kMaxOrder = 16;

/// Some n-grams of one order, one after another.
/// They are in suffix order over the whole order: compared by their last word first, then the word before it, and so on
/// to the first. That is the order in which a trie of reversed contexts is built.
struct NgramBatch {
  std::span<const WordId> words;         ///< [n * order], each n-gram in reading order
  std::span<const float> probabilities;  ///< [n], log10; -99 for `<s>` alone, which is never predicted
  std::span<const float> backoffs;       ///< [n], log10; 0 where an n-gram is no context. Empty for the highest order
};

/// Receives a model, the orders from 1 upwards.
class ModelSink {
 public:
  virtual ~ModelSink() = default;
  /// `vocabulary` has a word for each id; `counts` the number of n-grams of each order, from 1 to the highest.
  virtual void begin(const std::vector<std::string>& vocabulary, const std::vector<uint64_t>& counts) = 0;
  virtual void add(int order, const NgramBatch& batch) = 0;
  /// After all n-grams. What is written to disk appears under its name only here.
  virtual void finish() = 0;
};

}  // namespace seq::ngram

// Word2vec: the tables, and the passage of a text through them.
//
//   Word2vec model(options, counts, seed);
//   model.train(sentences, random_seed, 0.025F);
//   model.vectors().values(word);
//
// Mikolov, Chen, Corrado, Dean 2013 (arXiv:1301.3781); Mikolov, Sutskever, Chen, Corrado, Dean 2013 (arXiv:1310.4546).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "vectors/train/huffman.h"
#include "vectors/train/noise.h"
#include "vectors/train/options.h"
#include "vectors/train/samples.h"
#include "vectors/train/table.h"
#include "vectors/train/word_parts.h"

namespace seq::vectors {

/// A sum of losses in nats and the number of predictions that it is over.
struct LossSum {
  double sum = 0;
  int64_t count = 0;
  LossSum& operator+=(const LossSum& other) {
    sum += other.sum;
    count += other.count;
    return *this;
  }
};

/// A word and its neighbours inside a sentence: [begin, end) without `centre`.
struct Window {
  size_t centre;
  size_t begin;
  size_t end;
};

/// The window of each word of a sentence of `length` words; the reach is drawn from 1 to `window` when it is dynamic.
/// A word alone gives an empty one.
Window window_at(size_t centre, size_t length, const Word2vecOptions& options, FastRandom& random);

/// Which arithmetic runs the updates.
enum class Kernel { fast, plain };

/// The model. Several threads may train at once without locks; a row that two of them change at the same moment may
/// keep one of the changes only (Hogwild, Niu et al. 2011).
class Word2vec {
 public:
  /// `counts` of the words in descending order. Vectors begin uniform in +-1 / dimension, as in gensim and
  /// fastText, outputs at zero. With `parts` the vector of a word is the mean of its own row and those of its n-grams,
  /// which begin likewise.
  Word2vec(const Word2vecOptions& options, std::span<const uint64_t> counts, uint64_t seed,
           std::unique_ptr<const WordParts> parts = nullptr);

  /// One pass over some sentences: ids, with `sentence_end()` between sentences. `seed` decides what is drawn.
  LossSum train(std::span<const uint32_t> ids, uint64_t seed, float rate, Kernel kernel = Kernel::fast);
  /// The loss of some sentences as they are, nothing changed.
  LossSum loss(std::span<const uint32_t> ids, uint64_t seed) { return train(ids, seed, 0.0F); }
  /// What train() would update with this seed, for those who run the updates themselves.
  Samples sample(std::span<const uint32_t> ids, uint64_t seed);

  /// The id that is no word but the end of a sentence: the number of words.
  uint32_t sentence_end() const { return static_cast<uint32_t>(vectors_.rows()); }
  /// The row of this word keeps its values from now on. False when it did before.
  bool freeze(uint32_t word);
  /// A word's vector: its row, or with n-grams the mean of its row and theirs.
  void compose(uint32_t word, std::span<float> vector) const;
  /// [V, D]: the words' own rows.
  PaddedTable& vectors() { return vectors_; }
  const PaddedTable& vectors() const { return vectors_; }
  /// [V, D] for negative sampling and full softmax, [V - 1, D] for the inner nodes of hierarchical softmax.
  PaddedTable& outputs() { return outputs_; }
  const PaddedTable& outputs() const { return outputs_; }
  /// [B, D]: the rows of n-grams, none without sub-words.
  PaddedTable& ngrams() { return ngrams_; }
  const PaddedTable& ngrams() const { return ngrams_; }

 private:
  class Pass;

  Word2vecOptions options_;
  PaddedTable vectors_;
  PaddedTable outputs_;
  PaddedTable ngrams_;
  std::unique_ptr<const WordParts> parts_;
  std::vector<char> frozen_;  ///< of each word; empty when none is
  std::vector<uint32_t> keep_;
  std::unique_ptr<NoiseSampler> noise_;
  std::unique_ptr<HuffmanTree> tree_;
};

}  // namespace seq::vectors

// The lattices of all words, with every token that occurs in them, laid out once: rounds of training only walk along.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "text/subword/unigram_seeds.h"

namespace seq {

/// Expected or best counts of tokens. Fractions are fixed-point numbers, which add up to the same in any order.
class TokenCounts {
 public:
  explicit TokenCounts(size_t tokens) : counts_(tokens) {}
  void add(size_t token, double count) { counts_[token] += std::llround(count * kUnit); }
  void add(const TokenCounts& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }
  double operator[](size_t token) const { return static_cast<double>(counts_[token]) / kUnit; }
  size_t size() const { return counts_.size(); }

 private:
  static constexpr double kUnit = 1 << 20;
  std::vector<int64_t> counts_;
};

/// Words and tokens by their numbers.
class UnigramLattices {
 public:
  UnigramLattices(const std::vector<WordCounts::Entry>& words, const std::vector<UnigramSeed>& seeds, int threads);

  /// How often each token is expected under the scores: forward-backward over all words.
  TokenCounts expected(const std::vector<double>& scores) const;
  /// How often each token stands on the best paths.
  TokenCounts best(const std::vector<double>& scores) const;
  /// The best way to cut a token into others.
  struct Alternative {
    std::vector<uint32_t> tokens;
    double score;
  };
  Alternative alternative(uint32_t token, const std::vector<double>& scores) const;
  /// Goes on with some of the tokens: `new_numbers[token]` is its new number, kDropped for none.
  void keep(const std::vector<uint32_t>& new_numbers);

  static constexpr uint32_t kDropped = 0xFFFFFFFF;

 private:
  /// A token from some place: its number and its length in characters.
  using Edge = uint32_t;
  static constexpr uint32_t kLengthBits = 6;
  static uint32_t length_of(Edge edge) { return edge & ((1U << kLengthBits) - 1); }
  static uint32_t token_of(Edge edge) { return edge >> kLengthBits; }

  struct Word {
    uint32_t place;   ///< of its first character, among all places of its chunk
    uint32_t length;  ///< in characters
    uint64_t count;
  };
  /// Some of the words: what a thread takes at a time. The cut does not depend on the threads.
  struct Chunk {
    std::vector<Word> words;
    std::vector<uint32_t> first_edge;  ///< by place, one more at the end
    std::vector<Edge> edges;
  };
  /// Where a token stands in a word: the edges within are those of its own lattice.
  struct Occurrence {
    uint32_t chunk = kDropped;
    uint32_t place = 0;
    uint32_t length = 0;
  };
  struct Scratch;
  void fill(Chunk& chunk, const WordCounts::Entry* begin, const WordCounts::Entry* end, const class Trie& trie);
  void find_occurrences(size_t tokens);
  static void expect(const Chunk& chunk, const Word& word, const std::vector<double>& scores,
                     const std::vector<double>& probabilities, Scratch& scratch, TokenCounts& counts);
  static void expect_in_logarithms(const Chunk& chunk, const Word& word, const std::vector<double>& scores,
                                   Scratch& scratch, TokenCounts& counts);
  /// Best path from a place over some characters; `without` is not taken. Leaves the tokens in `scratch`, last first.
  static double best_path(const Chunk& chunk, uint32_t place, uint32_t length, uint32_t without,
                          const std::vector<double>& scores, Scratch& scratch);
  template <class Use>
  TokenCounts sum_over_words(size_t tokens, const Use& use) const;

  int threads_;
  std::vector<Chunk> chunks_;
  std::vector<Occurrence> occurrences_;
};

}  // namespace seq

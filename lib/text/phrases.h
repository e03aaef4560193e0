// Pairs of words that stand together more often than chance has it, as one: `new york` becomes `new_york`.
//
//   std::vector<Phrase> found = learn_phrases({{"corpus.txt"}}, {.min_count = 5});
//   write_phrases("phrases.tsv", found);
//   PhraseJoiner joiner(found);
//   joiner.join("to new york now\n", out);   // to new_york now
//
// Mikolov, Sutskever, Chen, Corrado, Dean 2013 (arXiv:1310.4546), section 4.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "text/spaced_words.h"
#include "text/subword/word_counts.h"

namespace seq {

/// How pairs are scored.
enum class PhraseScore {
  words,   ///< (n(ab) - d) / (n(a) n(b)) times the number of words, as word2vec's word2phrase; d = min_count
  gensim,  ///< the same times the number of distinct words and pairs: gensim's "default"
  npmi     ///< log(p(ab) / (p(a) p(b))) / -log p(ab), -1 … 1 (Bouma 2009); only pairs that occur min_count times
};

struct PhraseOptions {
  PhraseScore score = PhraseScore::words;
  int64_t min_count = 5;
  double threshold = 100;  ///< pairs that score more are phrases
  /// Distinct words, and distinct pairs, that are held; beyond, the rarest are forgotten (see CountOptions). 0: all.
  int64_t max_distinct = 0;
  InvalidUtf8 invalid = InvalidUtf8::refuse;
  int threads = 1;  ///< they do not change the result
};

struct Phrase {
  std::string first;
  std::string second;
  uint64_t count = 0;
  double score = 0;
};

/// Reads the files twice. Pairs stand on one line. The best scores come first, equal ones in the order of their bytes.
std::vector<Phrase> learn_phrases(const std::vector<std::string>& files, const PhraseOptions& options);

/// `first<TAB>second<TAB>count<TAB>score` on each line; atomic, `-` is stdout.
void write_phrases(const std::filesystem::path& path, const std::vector<Phrase>& phrases);
/// Throws Error (`phrases.tsv:12: …`) for what is no such file.
std::vector<Phrase> read_phrases(const std::filesystem::path& path);

/// Joins the phrases of a text by `_`, from left to right, each word in one phrase at most.
class PhraseJoiner {
 public:
  explicit PhraseJoiner(const std::vector<Phrase>& phrases);
  /// Appends a piece of text with its phrases joined, one space between words, lines as they are.
  void join(std::string_view piece, std::string& out) const;
  /// The next piece that no phrase reaches out of: what may go on is kept in `rest` for the next call.
  bool next(SpacedPieces& pieces, std::string& piece, std::string& rest) const;

 private:
  size_t last_cut(std::string_view text) const;
  uint64_t number(std::string_view word) const;
  bool joins(uint64_t first, uint64_t second) const {
    return first != 0 && second != 0 && pairs_.contains(first << 32 | second);
  }

  WordCounts numbers_;  ///< of the words that stand in phrases, from 1
  std::unordered_set<uint64_t> pairs_;
};

}  // namespace seq

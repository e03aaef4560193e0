// How good vectors are: Google's analogies (and files like them), and similarity judgements of people.
// The scores are those of gensim's `evaluate_word_analogies` and `evaluate_word_pairs`.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "vectors/search.h"
#include "vectors/word_vectors.h"

namespace seq::vectors {

/// `a b c d` on each line: a is to b as c is to d.
using Question = std::array<std::string, 4>;

struct AnalogySection {
  std::string name;
  std::vector<Question> questions;
};

/// Lines of four words, in sections that begin by `: name`. Throws Error with the line that is neither.
std::vector<AnalogySection> read_analogies(const fs::path& path);

struct WordPair {
  std::string first, second;
  double judgement = 0;
};

/// Pairs of words with a number: WordSim-353, SimLex-999, MEN, SimVerb and others, between tabs, commas, semicolons or
/// spaces, with or without a header line or comments (`#`). The judgement is the column that the header calls so
/// (`Human (mean)`, `SimLex999` …), else the first number behind the words.
std::vector<WordPair> read_similarities(const fs::path& path);

/// Whether a file looks like one for read_analogies.
bool is_analogy_file(const fs::path& path);

struct EvaluationOptions {
  int64_t restrict_vocabulary = 300000;  ///< only the first words are known; 0: all
  bool ignore_case = true;
  bool unknown_counts_as_wrong = false;
  AnalogyMethod method = AnalogyMethod::add;
  int threads = 0;
};

struct SectionScore {
  std::string name;
  int64_t correct = 0;
  int64_t asked = 0;    ///< questions that count
  int64_t unknown = 0;  ///< questions with a word that is not there
  /// NaN where no question was asked.
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(asked); }
};

/// A score for each section, in their order; the answer is never one of the words in the question.
std::vector<SectionScore> evaluate_analogies(const WordVectors& vectors, const std::vector<AnalogySection>& sections,
                                             const EvaluationOptions& options);

/// The sum over sections.
SectionScore total(const std::vector<SectionScore>& sections);

struct SimilarityScore {
  double spearman = 0;  ///< NaN where it is not defined: fewer than two pairs, or all alike
  double pearson = 0;
  int64_t pairs = 0;    ///< that count
  int64_t unknown = 0;  ///< with a word that is not there
};

SimilarityScore evaluate_similarities(const WordVectors& vectors, const std::vector<WordPair>& pairs,
                                      const EvaluationOptions& options);

/// Correlation of two series of the same length; NaN where it is not defined.
double pearson(const std::vector<double>& a, const std::vector<double>& b);
/// The same of their ranks; equal values share the mean of theirs.
double spearman(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace seq::vectors

// The words nearest to a vector, and what is asked with them: sums and differences of words, analogies, the odd one
// out.
//
//   Query query = parse_query(vectors, "king - man + woman", Metric::cosine);
//   for (const Neighbour& found : nearest(vectors, query, Metric::cosine, 10)) …
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vectors/word_vectors.h"

namespace seq::vectors {

enum class Metric { cosine, dot, euclidean };

/// A word and how near it is: cosine or dot product (more is nearer), or Euclidean distance (less is nearer).
struct Neighbour {
  int64_t row = 0;
  float score = 0;
};

/// What to look for, and the rows of the words in the question, which are no answers.
struct Query {
  std::vector<float> vector;
  std::vector<int64_t> excluded;
};

/// Words with `+` or `-` between them; words in a row add up. For cosine each word counts as a vector of length 1, as
/// in word2vec and gensim. Throws Error: a word that is not there (with the nearest spellings), a sign without a word.
Query parse_query(const WordVectors& vectors, std::string_view expression, Metric metric);

/// The k nearest rows, nearest first; equally near ones in the order of rows. `threads` 0: one for each core.
std::vector<Neighbour> nearest(const WordVectors& vectors, const Query& query, Metric metric, int64_t k,
                               int threads = 0);

enum class AnalogyMethod { add, multiply };

/// a is to b as c is to what? 3CosAdd: nearest to b - a + c (Mikolov et al. 2013); 3CosMul: greatest
/// cos(b) cos(c) / (cos(a) + 0.000001) with cosines moved to [0, 1] (Levy & Goldberg 2014, eq. 4).
std::vector<Neighbour> analogy(const WordVectors& vectors, std::string_view a, std::string_view b, std::string_view c,
                               AnalogyMethod method, int64_t k, int threads = 0);

/// Cosine of two words, or of the means of lists of words (`king,queen`); 0 when one of them is a zero vector. Throws
/// Error when a word is not there.
float similarity(const WordVectors& vectors, std::string_view a, std::string_view b);

/// The number of the word whose vector is furthest from the mean of all (as vectors of length 1).
size_t odd_one_out(const WordVectors& vectors, std::span<const std::string> words);

/// The mean vector of the words that are there; `known` of them were. Zeros when none is.
struct Sentence {
  std::vector<float> vector;
  int64_t known = 0;
  int64_t unknown = 0;
};
enum class Weights { as_they_are, unit_length };
Sentence sentence_vector(const WordVectors& vectors, std::string_view words, Weights weights);

/// The vector of a word. Throws Error with the nearest spellings when it is not there.
std::vector<float> vector_of(const WordVectors& vectors, std::string_view word);

/// Divides by the Euclidean length, unless that is zero.
void make_unit(std::span<float> vector);

/// Fields between spaces and tabs.
std::vector<std::string_view> split_words(std::string_view line);

}  // namespace seq::vectors

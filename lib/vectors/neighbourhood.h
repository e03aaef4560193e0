// Some words and those nearest to them, as clusters to look at.
#pragma once

#include <string>
#include <vector>

#include "vectors/word_vectors.h"

namespace seq::vectors {

/// A word of a neighbourhood.
struct ClusterWord {
  int64_t row = 0;
  size_t cluster = 0;  ///< number of the seed it is nearest to
  bool is_seed = false;
  float cosine = 1;  ///< with its seed
};

/// The seeds, then for each the k words nearest to it by cosine; a word that is near several seeds stands once, with
/// the nearest. Throws Error when a seed is not there or is named twice.
std::vector<ClusterWord> neighbourhood(const WordVectors& vectors, const std::vector<std::string>& seeds, int64_t k,
                                       int threads);

/// The vectors [N, D] of these words at length 1, in their order.
std::vector<float> unit_rows(const WordVectors& vectors, const std::vector<ClusterWord>& words);

}  // namespace seq::vectors

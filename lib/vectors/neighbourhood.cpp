// Gathers the words of all clusters, then gives each to one of them.
#include "vectors/neighbourhood.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "vectors/search.h"
#include "vectors/spelling.h"

namespace seq::vectors {

std::vector<ClusterWord> neighbourhood(const WordVectors& vectors, const std::vector<std::string>& seeds, int64_t k,
                                       int threads) {
  std::vector<ClusterWord> words;
  const auto find = [&](int64_t row) {
    return std::find_if(words.begin(), words.end(), [&](const ClusterWord& one) { return one.row == row; });
  };
  for (size_t i = 0; i < seeds.size(); ++i) {
    const auto row = vectors.words().find(seeds[i]);
    if (!row) throw Error(missing_word(vectors.words(), seeds[i]));
    if (find(*row) != words.end()) throw Error(fmt::format("the seed \"{}\" is named twice", seeds[i]));
    words.push_back({*row, i, true, 1});
  }
  for (size_t i = 0; i < seeds.size(); ++i)
    for (const Neighbour& near :
         nearest(vectors, parse_query(vectors, seeds[i], Metric::cosine), Metric::cosine, k, threads)) {
      const auto known = find(near.row);
      if (known == words.end()) {
        words.push_back({near.row, i, false, near.score});
      } else if (!known->is_seed && near.score > known->cosine) {
        known->cluster = i;
        known->cosine = near.score;
      }
    }
  return words;
}

std::vector<float> unit_rows(const WordVectors& vectors, const std::vector<ClusterWord>& words) {
  std::vector<float> rows;
  for (const ClusterWord& word : words) {
    const std::span<const float> row = vectors.row(word.row);
    rows.insert(rows.end(), row.begin(), row.end());
    make_unit(std::span(rows).last(row.size()));
  }
  return rows;
}

}  // namespace seq::vectors

// Correlation of cosines with the judgements of people.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "vectors/evaluate.h"
#include "vectors/folded_words.h"
#include "vectors/kernels.h"

namespace seq::vectors {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// From 1; equal values share the mean of their ranks.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) result[order[i]] = static_cast<double>(begin + 1 + end) / 2;
    begin = end;
  }
  return result;
}

}  // namespace

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  if (a.size() < 2) return undefined;
  const double mean_a = mean(a), mean_b = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : undefined;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) {
  return pearson(ranks(a), ranks(b));
}

SimilarityScore evaluate_similarities(const WordVectors& vectors, const std::vector<WordPair>& pairs,
                                      const EvaluationOptions& options) {
  const int64_t restricted = options.restrict_vocabulary;
  const FoldedWords words(vectors.words(), restricted > 0 ? std::min(restricted, vectors.size()) : vectors.size(),
                          options.ignore_case ? FoldedWords::Case::ignored : FoldedWords::Case::respected);
  SimilarityScore score;
  std::vector<double> judged, computed;
  for (const WordPair& pair : pairs) {
    const auto a = words.find(pair.first), b = words.find(pair.second);
    if (!a || !b) ++score.unknown;
    if ((!a || !b) && !options.unknown_counts_as_wrong) continue;
    double cosine = 0;
    if (a && b) {
      const float norms = vectors.norms()[static_cast<size_t>(*a)] * vectors.norms()[static_cast<size_t>(*b)];
      cosine = norms > 0 ? dot(vectors.row(*a), vectors.row(*b)) / norms : 0;
    }
    judged.push_back(pair.judgement);
    computed.push_back(cosine);
  }
  score.pairs = static_cast<int64_t>(judged.size());
  score.spearman = spearman(judged, computed);
  score.pearson = pearson(judged, computed);
  return score;
}

}  // namespace seq::vectors

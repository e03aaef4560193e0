// Checks that words and numbers belong together, and the lengths of vectors.
#include "vectors/word_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "vectors/kernels.h"
#include "vectors/subwords.h"

namespace seq::vectors {
namespace {

float exact_norm(std::span<const float> row) {
  double sum = 0;
  for (const float value : row) sum += static_cast<double>(value) * value;
  return static_cast<float>(std::sqrt(sum));
}

}  // namespace

WordVectors::WordVectors(std::shared_ptr<const WordList> words, Matrix matrix, const std::string& name,
                         std::vector<int64_t> counts, int threads)
    : words_(std::move(words)), matrix_(std::move(matrix)) {
  if (matrix_.rows == 0 || matrix_.columns == 0) throw Error(name + ": no word vectors in it");
  if (matrix_.columns > kMostDimensions)
    throw Error(fmt::format("{}: vectors of {} numbers; at most {}", name, matrix_.columns, kMostDimensions));
  if (words_->size() != matrix_.rows)
    throw Error(fmt::format("{}: {} words, but {} vectors", name, words_->size(), matrix_.rows));
  std::vector<float> norms(static_cast<size_t>(matrix_.rows));
  parallel_ranges(matrix_.rows, threads, 1 << 12, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float& norm = norms[static_cast<size_t>(i)];
      norm = std::sqrt(dot(row(i), row(i)));
      if (norm < 1e-15F || !std::isfinite(norm)) norm = exact_norm(row(i));  // squares leave the range of floats
      if (std::isfinite(norm)) continue;
      throw Error(
          fmt::format("{}: the vector of \"{}\" (word {}) has a number that is NaN, infinite or too large; "
                      "remove the word or train again with a smaller rate",
                      name, (*words_)[i], i + 1));
    }
  });
  norms_ = std::make_shared<const std::vector<float>>(std::move(norms));
  counts_ = std::make_shared<const std::vector<int64_t>>(std::move(counts));
}

std::vector<float> WordVectors::find(std::string_view word) const {
  if (const auto number = words_->find(word)) return {row(*number).begin(), row(*number).end()};
  std::vector<float> vector(static_cast<size_t>(dimension()));
  const int64_t parts = subwords_ ? subwords_->add(word, vector) : 0;
  if (parts == 0) return {};
  for (float& value : vector) value /= static_cast<float>(parts);
  return vector;
}

}  // namespace seq::vectors

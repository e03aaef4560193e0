// Vectors that the tests make up.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "vectors/growing_matrix.h"
#include "vectors/word_vectors.h"

namespace seq::test {

/// Words with the numbers of each.
inline vectors::WordVectors made(const std::vector<std::pair<std::string, std::vector<float>>>& rows,
                                 std::vector<int64_t> counts = {}) {
  auto words = std::make_shared<vectors::WordList>();
  vectors::GrowingMatrix matrix(static_cast<int64_t>(rows.front().second.size()));
  for (const auto& [word, numbers] : rows) {
    words->add(word);
    matrix.grow(1);
    std::copy(numbers.begin(), numbers.end(), matrix.row(matrix.rows() - 1));
  }
  return {std::move(words), std::move(matrix).finish(), "made", std::move(counts)};
}

/// `count` words `w0`, `w1` … with normal numbers.
inline vectors::WordVectors random_vectors(int64_t count, int64_t dimension, uint64_t seed = 1) {
  Random random(seed);
  std::vector<std::pair<std::string, std::vector<float>>> rows;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<float> numbers;
    for (int64_t k = 0; k < dimension; ++k) numbers.push_back(static_cast<float>(random.normal()));
    rows.emplace_back("w" + std::to_string(i), std::move(numbers));
  }
  return made(rows);
}

}  // namespace seq::test

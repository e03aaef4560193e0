// p = softmax(Y x); x gains rate * (y_word - sum p_j y_j), y_j gains rate * ([j = word] - p_j) x.
#include "vectors/train/softmax.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace seq::vectors {

double softmax_update(float* input, PaddedTable& outputs, uint32_t word, float rate) {
  const auto count = static_cast<uint32_t>(outputs.rows());
  const auto dimension = static_cast<size_t>(outputs.dimension());
  std::vector<double> probabilities(count);
  for (uint32_t j = 0; j < count; ++j) {
    const float* y = outputs.row(j);
    double product = 0;
    for (size_t k = 0; k < dimension; ++k) product += static_cast<double>(input[k]) * static_cast<double>(y[k]);
    probabilities[j] = product;
  }
  const double most = *std::max_element(probabilities.begin(), probabilities.end());
  double sum = 0;
  for (double& value : probabilities) sum += (value = std::exp(value - most));
  const double loss = std::log(sum) - std::log(probabilities[word]);

  std::vector<float> gain(dimension, 0.0F);
  for (uint32_t j = 0; j < count; ++j) {
    const float step = rate * static_cast<float>((j == word ? 1.0 : 0.0) - probabilities[j] / sum);
    float* y = outputs.row(j);
    for (size_t k = 0; k < dimension; ++k) {
      gain[k] += step * y[k];
      y[k] += step * input[k];
    }
  }
  for (size_t k = 0; k < dimension; ++k) input[k] += gain[k];
  return loss;
}

}  // namespace seq::vectors

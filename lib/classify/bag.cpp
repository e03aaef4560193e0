// One example through the network and back.
#include "classify/bag.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "base/simd.h"

namespace seq::classify {
namespace {

constexpr size_t kAhead = 8;  // rows that are fetched before they are needed
constexpr float kLeast = 1e-7F;

/// Fetches a row that a loop will come to.
SEQ_INLINE void fetch(const float* row, int64_t stride) {
  for (int64_t k = 0; k < stride; k += 16) __builtin_prefetch(row + k);
}

/// into = the sum of weight times row, over the features.
struct WeightedSum {
  template <int W, int K>
  static SEQ_INLINE void columns(const float* table, int64_t stride, const std::vector<uint32_t>& features,
                                 const std::vector<float>& weights, int64_t k, float* into) {
    using V = Simd<W>;
    typename V::Floats sums[K] = {};
    for (size_t i = 0; i < features.size(); ++i) {
      const float* row = table + features[i] * stride + k;
      const auto weight = V::all(weights[i]);
      for (int64_t part = 0; part < K; ++part) sums[part] += weight * V::load(row + part * W);
    }
    for (int64_t part = 0; part < K; ++part) V::store(sums[part], into + k + part * W);
  }

  template <int W>
  static SEQ_INLINE void run(const float* table, int64_t stride, const std::vector<uint32_t>& features,
                             const std::vector<float>& weights, float* into) {
    constexpr int64_t kColumns = int64_t{4} * W;
    int64_t k = 0;
    for (; k + kColumns <= stride; k += kColumns) columns<W, 4>(table, stride, features, weights, k, into);
    for (; k < stride; k += W) columns<W, 1>(table, stride, features, weights, k, into);
  }
};

/// Adds weight times gain to the row of each feature that is not frozen.
struct Spread {
  template <int W>
  static SEQ_INLINE void run(const float* gain, const std::vector<uint32_t>& features,
                             const std::vector<float>& weights, int64_t frozen, float* table, int64_t stride) {
    using V = Simd<W>;
    for (size_t i = 0; i < features.size(); ++i) {
      if (features[i] < frozen) continue;
      if (i + kAhead < features.size()) fetch(table + features[i + kAhead] * stride, stride);
      const auto weight = V::all(weights[i]);
      float* row = table + features[i] * stride;
      for (int64_t k = 0; k < stride; k += W) V::store(V::load(row + k) + weight * V::load(gain + k), row + k);
    }
  }
};

float dot(const float* a, const float* b, int64_t size) {
  float sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

float sigmoid(float x) {
  return 1.0F / (1.0F + std::exp(-x));
}

float activate(const std::string& activation, float x) {
  if (activation == "sigmoid") return sigmoid(x);
  if (activation == "tanh") return std::tanh(x);
  return std::max(x, 0.0F);
}

/// The slope where the activation is `y`.
float slope(const std::string& activation, float y) {
  if (activation == "sigmoid") return y * (1 - y);
  if (activation == "tanh") return 1 - y * y;
  return y > 0 ? 1.0F : 0.0F;
}

}  // namespace

Bag::Workspace::Workspace(const Bag& bag, uint64_t seed)
    : random(seed),
      hidden(2, bag.features_.dimension()),
      scores(bag.bias_.size()),
      probabilities(static_cast<size_t>(bag.labels_)) {}

Bag::Bag(const BagOptions& options, int64_t features, int32_t labels, uint64_t seed)
    : options_(options),
      labels_(labels),
      features_(features, options.hidden_size),
      outputs_(labels == 2 && !options.multi_label ? 1 : labels, options.hidden_size),
      bias_(static_cast<size_t>(outputs_.rows())) {
  if (options.init_std > 0) {
    Random random(seed);
    for (auto* table : {&features_, &outputs_})
      for (uint32_t row = 0; row < table->rows(); ++row)
        for (float& value : table->values(row)) value = static_cast<float>(random.normal() * options.init_std);
    return;
  }
  vectors::FastRandom random(seed);
  const float reach = 1.0F / static_cast<float>(options.hidden_size);
  for (uint32_t row = 0; row < features_.rows(); ++row)
    for (float& value : features_.values(row))
      value = (static_cast<float>(random.next() >> 40) * 0x1.0p-23F - 1.0F) * reach;
}

/// The features that take part, and their weights.
void Bag::weigh(std::span<const uint32_t> features, Workspace& work, float dropout) const {
  work.features.clear();
  work.weights.clear();
  const auto drops = static_cast<uint32_t>(dropout * 0x1.0p32F);
  for (const uint32_t feature : features) {
    if (dropout > 0 && static_cast<uint32_t>(work.random.next()) < drops) continue;
    work.features.push_back(feature);
    work.weights.push_back(idf.empty() ? 1.0F : idf[feature]);
  }
  if (work.features.empty()) return;
  float scale = 1.0F / (1.0F - dropout);
  if (!idf.empty()) {  // equal features stand side by side: the length is that of their sums
    double square = 0, sum = 0;
    for (size_t i = 0; i < work.features.size(); ++i) {
      sum += static_cast<double>(work.weights[i]);
      if (i + 1 < work.features.size() && work.features[i + 1] == work.features[i]) continue;
      square += sum * sum;
      sum = 0;
    }
    scale = static_cast<float>(1.0 / std::sqrt(square));
  } else if (options_.pooling == "mean") {
    scale = 1.0F / static_cast<float>(work.features.size());
  }
  for (float& weight : work.weights) weight *= scale;
}

void Bag::forward(std::span<const uint32_t> features, Workspace& work, float dropout) const {
  weigh(features, work, dropout);
  const int64_t stride = features_.stride();
  for (const uint32_t feature : work.features) fetch(features_.row(feature), stride);
  float* hidden = work.hidden.row(0);
  run_best<WeightedSum>(features_.row(0), stride, work.features, work.weights, hidden);
  if (options_.activation != "none")
    for (float& value : work.hidden.values(0)) value = activate(options_.activation, value);
  for (uint32_t output = 0; output < outputs_.rows(); ++output)
    work.scores[output] = dot(outputs_.row(output), hidden, features_.dimension()) + bias_[output];
  to_probabilities(work);
}

void Bag::to_probabilities(Workspace& work) const {
  std::vector<float>& out = work.probabilities;
  if (outputs_.rows() == 1 && labels_ == 2) {
    out[1] = sigmoid(work.scores[0]);
    out[0] = sigmoid(-work.scores[0]);
  } else if (options_.multi_label) {
    std::transform(work.scores.begin(), work.scores.end(), out.begin(), sigmoid);
  } else {
    const float most = *std::max_element(work.scores.begin(), work.scores.end());
    float sum = 0;
    for (size_t i = 0; i < out.size(); ++i) sum += out[i] = std::exp(work.scores[i] - most);
    for (float& value : out) value /= sum;
  }
}

double Bag::loss(std::span<const int32_t> labels, std::span<const float> probabilities) const {
  const auto nats = [](float probability) { return -std::log(static_cast<double>(std::max(probability, kLeast))); };
  if (!options_.multi_label) return labels.empty() ? 0 : nats(probabilities[static_cast<size_t>(labels[0])]);
  double sum = 0;
  for (int32_t label = 0; label < labels_; ++label) {
    const float probability = probabilities[static_cast<size_t>(label)];
    const bool wanted = std::find(labels.begin(), labels.end(), label) != labels.end();
    sum += nats(wanted ? probability : 1 - probability);
  }
  return sum;
}

double Bag::probabilities(const EncodedExample& example, std::span<float> out, Workspace& work) const {
  forward(example.features, work, 0.0F);
  std::copy(work.probabilities.begin(), work.probabilities.end(), out.begin());
  return loss(example.labels, work.probabilities);
}

/// scores = the truth, smoothed, less the probabilities, times the label's weight.
void Bag::output_gradient(std::span<const int32_t> labels, Workspace& work) const {
  const auto smoothing = static_cast<float>(options_.label_smoothing);
  const bool one_output = outputs_.rows() == 1 && labels_ == 2;
  const float others = smoothing / (options_.multi_label || one_output ? 2.0F : static_cast<float>(labels_));
  for (size_t output = 0; output < work.scores.size(); ++output) {
    const auto label = static_cast<int32_t>(one_output ? 1 : output);
    const bool wanted = std::find(labels.begin(), labels.end(), label) != labels.end();
    const float truth = (wanted ? 1 - smoothing : 0.0F) + others;
    const auto weighed = static_cast<size_t>(options_.multi_label ? label : labels[0]);
    work.scores[output] = (truth - work.probabilities[static_cast<size_t>(label)]) *
                          (class_weights.empty() ? 1.0F : class_weights[weighed]);
  }
}

double Bag::train(const EncodedExample& example, float rate, Workspace& work) {
  forward(example.features, work, static_cast<float>(options_.dropout));
  const double before = loss(example.labels, work.probabilities);
  output_gradient(example.labels, work);
  const int64_t size = features_.dimension();
  const float* hidden = work.hidden.row(0);
  float* gain = work.hidden.row(1);
  std::fill_n(gain, features_.stride(), 0.0F);
  for (uint32_t output = 0; output < outputs_.rows(); ++output) {
    const float step = rate * work.scores[output];
    float* weights = outputs_.row(output);
    for (int64_t k = 0; k < size; ++k) {
      gain[k] += step * weights[k];
      weights[k] += step * hidden[k];
    }
    bias_[output] += step;
  }
  if (options_.activation != "none")
    for (int64_t k = 0; k < size; ++k) gain[k] *= slope(options_.activation, hidden[k]);
  run_best<Spread>(static_cast<const float*>(gain), work.features, work.weights, frozen, features_.row(0),
                   features_.stride());
  return before;
}

}  // namespace seq::classify

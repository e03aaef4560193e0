// The bag-of-words classifier: the rows of a text's features, summed or averaged, and one linear layer over them.
//
//   Bag bag(options, features, labels, seed);
//   bag.train(example, rate, workspace);           // one step of gradient descent
//   bag.probabilities(features, out, workspace);
//
// Joulin, Grave, Bojanowski, Mikolov 2017, "Bag of Tricks for Efficient Text Classification" (arXiv:1607.01759).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "classify/bag_options.h"
#include "vectors/train/noise.h"
#include "vectors/train/table.h"

namespace seq::classify {

/// Features of a text and what it was labelled as.
struct EncodedExample {
  std::vector<int32_t> labels;
  std::vector<uint32_t> features;
};

/// F = features, H = hidden_size, L = labels. Several threads may train at once without locks; a row that two of them
/// change at the same moment may keep one of the changes only (Hogwild, Niu et al. 2011).
class Bag {
 public:
  /// What a thread works with.
  struct Workspace {
    explicit Workspace(const Bag& bag, uint64_t seed = 0);
    vectors::FastRandom random;  ///< of dropout
    std::vector<uint32_t> features;
    std::vector<float> weights;
    vectors::PaddedTable hidden;  ///< [2, H]: the hidden layer, and the gradient at its input
    std::vector<float> scores;    ///< [outputs]
    std::vector<float> probabilities;
  };

  Bag(const BagOptions& options, int64_t features, int32_t labels, uint64_t seed);

  /// Changes what the example touches: the rows of its features and the outputs. Returns the loss before, in nats.
  double train(const EncodedExample& example, float rate, Workspace& work);
  /// The probability of each label; the loss of the example when it has labels.
  double probabilities(const EncodedExample& example, std::span<float> out, Workspace& work) const;

  int32_t labels() const { return labels_; }
  /// [F, H]
  vectors::PaddedTable& features() { return features_; }
  const vectors::PaddedTable& features() const { return features_; }
  /// [1 or L, H]: one output decides between two labels.
  vectors::PaddedTable& outputs() { return outputs_; }
  const vectors::PaddedTable& outputs() const { return outputs_; }
  /// [1 or L]
  std::vector<float>& bias() { return bias_; }
  const std::vector<float>& bias() const { return bias_; }
  /// [F]: the weight of a feature by the number of texts that have it; empty unless `values` is tf_idf.
  std::vector<float> idf;
  /// [L]: what the loss of a label counts; empty: 1.
  std::vector<float> class_weights;
  /// The rows of the first so many features do not change.
  int64_t frozen = 0;

 private:
  void forward(std::span<const uint32_t> features, Workspace& work, float dropout) const;
  void weigh(std::span<const uint32_t> features, Workspace& work, float dropout) const;
  void to_probabilities(Workspace& work) const;
  double loss(std::span<const int32_t> labels, std::span<const float> probabilities) const;
  void output_gradient(std::span<const int32_t> labels, Workspace& work) const;

  BagOptions options_;
  int32_t labels_;
  vectors::PaddedTable features_;
  vectors::PaddedTable outputs_;
  std::vector<float> bias_;
};

}  // namespace seq::classify

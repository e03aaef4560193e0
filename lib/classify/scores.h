// How good a classifier's answers are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/json.h"
#include "classify/labels.h"

namespace seq::classify {

/// Gathers answers; metrics() sums them up.
class Scores {
 public:
  static constexpr size_t kMostConfused = 1000;  ///< labels in a table of all pairs

  /// `multi_label`: a text may have several labels or none, each decided by itself (probability at least 1/2).
  Scores(const Labels& labels, bool multi_label);

  /// One answer: the probability of each label, the labels that are right, the loss in nats.
  /// Throws RunError when a probability is not finite.
  void add(std::span<const float> probabilities, std::span<const int32_t> truth, double loss);

  /// `loss` (mean, nats), `count`, `accuracy` (all labels of a text right), `precision`, `recall`, `f1` (means over the
  /// labels), `f1_micro` (multi-label; with one label each it is the accuracy), `auc` (area under the ROC curve; two
  /// labels: of the second), `calibration_error` (mean gap between probability and accuracy over 15 equal bins, Guo et
  /// al. 2017), `labels` (precision, recall, f1, count of each), `confusion` (rows: truth, columns: answers; one label
  /// each, up to 1,000 labels). A figure whose denominator is 0 is 0.
  Json metrics() const;

 private:
  struct Counts {
    int64_t right = 0, answered = 0, wanted = 0;
  };

  Labels labels_;
  bool multi_label_;
  int64_t count_ = 0;
  int64_t all_right_ = 0;
  double loss_ = 0;
  std::vector<Counts> counts_;
  std::vector<int64_t> confusion_;  ///< [truth, answer]
  struct Ranked {
    float score;
    bool positive;
  };
  std::vector<Ranked> ranked_;  ///< two labels: the probability of the second
  struct Bin {
    double probability = 0;
    int64_t right = 0, count = 0;
  };
  std::vector<Bin> bins_;
};

/// The label with the highest probability, the first of equals.
int32_t best_label(std::span<const float> probabilities);

}  // namespace seq::classify

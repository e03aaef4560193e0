// Counts of right and wrong answers, and what follows from them.
#include "classify/scores.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace seq::classify {
namespace {

constexpr size_t kBins = 15;

double ratio(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

double f1_of(double precision, double recall) {
  return ratio(2 * precision * recall, precision + recall);
}

}  // namespace

int32_t best_label(std::span<const float> probabilities) {
  return static_cast<int32_t>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

Scores::Scores(const Labels& labels, bool multi_label)
    : labels_(labels), multi_label_(multi_label), counts_(labels.names().size()), bins_(kBins) {
  if (!multi_label && counts_.size() <= kMostConfused) confusion_.resize(counts_.size() * counts_.size());
}

void Scores::add(std::span<const float> probabilities, std::span<const int32_t> truth, double loss) {
  if (!std::all_of(probabilities.begin(), probabilities.end(), [](float one) { return std::isfinite(one); }))
    throw RunError(
        "the model's answer is not a number: its training diverged, or its input is too large (train it with a lower "
        "train.learning_rate, or look for a large number in the data)");
  ++count_;
  loss_ += loss;
  const auto is_true = [&](int32_t label) { return std::find(truth.begin(), truth.end(), label) != truth.end(); };
  const auto add_to_bin = [&](float probability, bool right) {
    const auto bin = std::min(kBins - 1, static_cast<size_t>(probability * static_cast<float>(kBins)));
    bins_[bin].probability += static_cast<double>(probability);
    bins_[bin].right += right;
    ++bins_[bin].count;
  };
  bool all_right = true;
  const int32_t best = best_label(probabilities);
  for (int32_t label = 0; label < labels_.size(); ++label) {
    const float probability = probabilities[static_cast<size_t>(label)];
    const bool answer = multi_label_ ? probability >= 0.5F : label == best, wanted = is_true(label);
    Counts& counts = counts_[static_cast<size_t>(label)];
    counts.answered += answer;
    counts.wanted += wanted;
    counts.right += answer && wanted;
    all_right = all_right && answer == wanted;
    if (multi_label_) add_to_bin(std::max(probability, 1 - probability), answer == wanted);
  }
  all_right_ += all_right;
  if (multi_label_) return;
  add_to_bin(probabilities[static_cast<size_t>(best)], all_right);
  if (!confusion_.empty()) ++confusion_[static_cast<size_t>(truth[0]) * counts_.size() + static_cast<size_t>(best)];
  if (labels_.size() == 2) ranked_.push_back({probabilities[1], truth[0] == 1});
}

namespace {

/// The chance that a positive stands above a negative, equals counting half (Mann-Whitney); NaN where one kind is
/// absent.
template <class Ranked>
double area_under_curve(std::vector<Ranked> ranked) {
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) { return a.score < b.score; });
  double positives = 0, pairs = 0, negatives = 0;
  for (size_t i = 0; i < ranked.size();) {
    double equal_positives = 0, equal_negatives = 0;
    const float score = ranked[i].score;
    for (; i < ranked.size() && ranked[i].score == score; ++i)
      ++(ranked[i].positive ? equal_positives : equal_negatives);
    pairs += equal_positives * (negatives + equal_negatives / 2);
    positives += equal_positives;
    negatives += equal_negatives;
  }
  return pairs / (positives * negatives);
}

}  // namespace

Json Scores::metrics() const {
  Json by_label = Json::object();
  double precisions = 0, recalls = 0, f1s = 0, right = 0, answered = 0, wanted = 0;
  for (int32_t label = 0; label < labels_.size(); ++label) {
    const Counts& counts = counts_[static_cast<size_t>(label)];
    const auto hits = static_cast<double>(counts.right);
    const double precision = ratio(hits, static_cast<double>(counts.answered));
    const double recall = ratio(hits, static_cast<double>(counts.wanted));
    by_label[labels_.name(label)] = {
        {"precision", precision}, {"recall", recall}, {"f1", f1_of(precision, recall)}, {"count", counts.wanted}};
    precisions += precision;
    recalls += recall;
    f1s += f1_of(precision, recall);
    right += hits;
    answered += static_cast<double>(counts.answered);
    wanted += static_cast<double>(counts.wanted);
  }
  const auto labels = static_cast<double>(labels_.size()), count = static_cast<double>(count_);
  double gap = 0, decisions = 0;
  for (const Bin& bin : bins_) {
    gap += std::abs(bin.probability - static_cast<double>(bin.right));
    decisions += static_cast<double>(bin.count);
  }
  Json metrics = {{"loss", ratio(loss_, count)},
                  {"count", count_},
                  {"accuracy", ratio(static_cast<double>(all_right_), count)},
                  {"precision", ratio(precisions, labels)},
                  {"recall", ratio(recalls, labels)},
                  {"f1", ratio(f1s, labels)},
                  {"calibration_error", ratio(gap, decisions)},
                  {"labels", by_label}};
  if (multi_label_) metrics["f1_micro"] = f1_of(ratio(right, answered), ratio(right, wanted));
  if (const double area = area_under_curve(ranked_); std::isfinite(area)) metrics["auc"] = area;
  if (confusion_.empty()) return metrics;
  Json rows = Json::array();
  const size_t size = counts_.size();
  for (size_t truth = 0; truth < size; ++truth)
    rows.push_back(std::vector<int64_t>(confusion_.begin() + static_cast<std::ptrdiff_t>(truth * size),
                                        confusion_.begin() + static_cast<std::ptrdiff_t>((truth + 1) * size)));
  metrics["confusion"] = rows;
  return metrics;
}

}  // namespace seq::classify

// What the report shows of a classifier's answers: who was taken for whom, and the most confident mistakes.
//
//   PredictionsBuilder builder("valid", labels, multi_label);
//   for each text of the part: builder.add(index, probabilities, truth);
//   for (const int64_t index : builder.mistakes()) builder.describe(index, {.text = …});
//   write_predictions(run.predictions(), builder.finish());
//
// Texts are thus needed for the few mistakes that are kept alone, and so is attention.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "classify/labels.h"
#include "run/predictions.h"

namespace seq::classify {

/// What a mistake is shown with. `tokens` are pieces of the text as a reader should see them and `attention` has a
/// value from 0 to 1 for each; without attention both stay empty.
struct Evidence {
  std::string_view text;
  std::vector<std::string> tokens = {};
  std::vector<float> attention = {};
};

/// Gathers answers, in any order with the same result; memory does not grow with them. From one thread.
class PredictionsBuilder {
 public:
  /// `split`: `valid` or another part. `multi_label`: a text may have several labels or none, each given when its
  /// probability is at least 1/2.
  PredictionsBuilder(std::string split, const Labels& labels, bool multi_label, size_t most_mistakes = 50);

  /// The answer to text number `index` of the part: the probability of each label, and the labels that are right.
  void add(int64_t index, std::span<const float> probabilities, std::span<const int32_t> truth);

  /// The numbers of the texts whose mistakes are kept, in rising order.
  std::vector<int64_t> mistakes() const;

  /// How a mistake that is kept is shown; long texts are cut.
  void describe(int64_t index, const Evidence& evidence);

  /// All of it, the most confident mistakes first.
  Predictions finish() const;

 private:
  struct Kept {
    int64_t index;
    Mistake mistake;
  };
  void keep(int64_t index, float probability, std::span<const int32_t> truth, std::span<const int32_t> given);
  std::vector<std::string> names_of(std::span<const int32_t> labels) const;

  Labels labels_;
  bool multi_label_;
  size_t most_mistakes_;
  Predictions predictions_;
  std::vector<Kept> kept_;  ///< by falling probability; of equals by their numbers
};

}  // namespace seq::classify

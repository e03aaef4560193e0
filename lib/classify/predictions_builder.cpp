// Counting answers and keeping the worst.
#include "classify/predictions_builder.h"

#include <algorithm>
#include <cmath>

#include "base/shortened.h"
#include "classify/scores.h"

namespace seq::classify {
namespace {

constexpr size_t kLongestText = 1500;  // bytes
constexpr size_t kMostTokens = 300;

bool holds(std::span<const int32_t> labels, int32_t label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

}  // namespace

PredictionsBuilder::PredictionsBuilder(std::string split, const Labels& labels, bool multi_label, size_t most_mistakes)
    : labels_(labels), multi_label_(multi_label), most_mistakes_(most_mistakes) {
  predictions_.split = std::move(split);
  predictions_.labels = labels.names();
  const size_t size = labels.names().size();
  if (multi_label || size > Scores::kMostConfused) {
    predictions_.counts.resize(size);
  } else {
    predictions_.confusion.assign(size, std::vector<int64_t>(size));
  }
}

void PredictionsBuilder::add(int64_t index, std::span<const float> probabilities, std::span<const int32_t> truth) {
  std::vector<int32_t> given;
  float probability = 0;  // of the answer, or of the worst decision
  bool wrong = false;
  if (multi_label_) {
    for (int32_t label = 0; label < labels_.size(); ++label) {
      const float value = probabilities[static_cast<size_t>(label)];
      const bool yes = value >= 0.5F;
      if (yes) given.push_back(label);
      if (yes == holds(truth, label)) continue;
      wrong = true;
      probability = std::max(probability, yes ? value : 1 - value);
    }
  } else {
    given.push_back(best_label(probabilities));
    wrong = given[0] != truth[0];
    probability = probabilities[static_cast<size_t>(given[0])];
  }
  if (!predictions_.confusion.empty()) {
    ++predictions_.confusion[static_cast<size_t>(truth[0])][static_cast<size_t>(given[0])];
  } else {
    for (const int32_t label : truth) ++predictions_.counts[static_cast<size_t>(label)].wanted;
    for (const int32_t label : given) {
      ++predictions_.counts[static_cast<size_t>(label)].answered;
      predictions_.counts[static_cast<size_t>(label)].right += holds(truth, label);
    }
  }
  if (wrong) keep(index, probability, truth, given);
}

void PredictionsBuilder::keep(int64_t index, float probability, std::span<const int32_t> truth,
                              std::span<const int32_t> given) {
  const double rounded = std::clamp(static_cast<double>(probability), 0.0, 1.0);
  const auto place = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& other) {
    return other.mistake.probability < rounded || (other.mistake.probability == rounded && other.index > index);
  });
  if (place == kept_.end() && kept_.size() >= most_mistakes_) return;
  Mistake mistake;
  mistake.label = names_of(truth);
  mistake.answer = names_of(given);
  mistake.probability = rounded;
  kept_.insert(place, {index, std::move(mistake)});
  if (kept_.size() > most_mistakes_) kept_.pop_back();
}

std::vector<std::string> PredictionsBuilder::names_of(std::span<const int32_t> labels) const {
  std::vector<std::string> names;
  names.reserve(labels.size());
  for (const int32_t label : labels) names.push_back(labels_.name(label));
  return names;
}

std::vector<int64_t> PredictionsBuilder::mistakes() const {
  std::vector<int64_t> indices;
  indices.reserve(kept_.size());
  for (const Kept& kept : kept_) indices.push_back(kept.index);
  std::sort(indices.begin(), indices.end());
  return indices;
}

void PredictionsBuilder::describe(int64_t index, const Evidence& evidence) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.index == index; });
  if (found == kept_.end()) return;
  Mistake& mistake = found->mistake;
  mistake.text = shortened(evidence.text, kLongestText);
  const size_t tokens = std::min(evidence.tokens.size(), kMostTokens);
  mistake.tokens.assign(evidence.tokens.begin(), evidence.tokens.begin() + static_cast<std::ptrdiff_t>(tokens));
  mistake.attention.clear();
  mistake.attention.reserve(tokens);
  for (size_t i = 0; i < tokens; ++i)  // four digits are more than a colour shows
    mistake.attention.push_back(std::round(static_cast<double>(evidence.attention[i]) * 1e4) / 1e4);
}

Predictions PredictionsBuilder::finish() const {
  Predictions all = predictions_;
  all.mistakes.reserve(kept_.size());
  for (const Kept& kept : kept_) all.mistakes.push_back(kept.mistake);
  return all;
}

}  // namespace seq::classify

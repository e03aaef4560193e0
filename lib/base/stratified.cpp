// Sharing out labelled examples.
#include "base/stratified.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace seq {
namespace {

/// The examples of each label, in random order.
std::vector<std::vector<size_t>> shuffled_by_label(const std::vector<int32_t>& labels, uint64_t seed) {
  std::map<int32_t, std::vector<size_t>> by_label;
  for (size_t i = 0; i < labels.size(); ++i) by_label[labels[i]].push_back(i);
  std::vector<std::vector<size_t>> groups;
  for (auto& [label, members] : by_label) {
    Random(Random::derive(seed, static_cast<uint64_t>(label) + 1)).shuffle(std::span(members));
    groups.push_back(std::move(members));
  }
  return groups;
}

}  // namespace

std::vector<int8_t> stratified_parts(const std::vector<int32_t>& labels, const std::vector<double>& fractions,
                                     uint64_t seed) {
  std::vector<int8_t> parts(labels.size(), -1);
  const bool all_used = std::accumulate(fractions.begin(), fractions.end(), 0.0) > 1 - 1e-9;
  std::vector<double> owed(fractions.size(), 0.0);  // what rounding left a part short of, label after label
  for (const auto& members : shuffled_by_label(labels, seed)) {
    size_t next = 0;
    for (size_t part = 0; part < fractions.size(); ++part) {
      owed[part] += fractions[part] * static_cast<double>(members.size());
      const double whole = std::floor(owed[part] + 1e-9);
      const size_t take = std::min(static_cast<size_t>(std::max(whole, 0.0)), members.size() - next);
      owed[part] -= static_cast<double>(take);
      for (size_t i = 0; i < take; ++i) parts[members[next++]] = static_cast<int8_t>(part);
    }
    for (; all_used && next < members.size(); ++next) {  // what rounding left goes where most is owed
      const auto part = std::max_element(owed.begin(), owed.end()) - owed.begin();
      owed[static_cast<size_t>(part)] -= 1;
      parts[members[next]] = static_cast<int8_t>(part);
    }
  }
  return parts;
}

std::vector<int8_t> stratified_fold(const std::vector<int32_t>& labels, const Folds& folds, uint64_t seed,
                                    const std::string& keys) {
  if (folds.count == 1) throw Error(keys + ".folds: 1 leaves nothing to train on (2 or more)");
  if (folds.fold > folds.count) throw Error(fmt::format("{}.fold: {} of {} folds", keys, folds.fold, folds.count));
  if (static_cast<int64_t>(labels.size()) < folds.count)
    throw Error(fmt::format("{}.folds: {} folds of {} examples (take fewer folds)", keys, folds.count, labels.size()));
  std::vector<int8_t> parts(labels.size(), 0);
  int64_t next = 0;
  for (const auto& members : shuffled_by_label(labels, seed))
    for (const size_t example : members) parts[example] = next++ % folds.count == folds.fold - 1 ? 1 : 0;
  return parts;
}

}  // namespace seq

// Examples of several files as one stream, and how they are shared out among parts.
#include "text/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "run/interruption.h"
#include "text/example_formats.h"

namespace seq {
namespace {

/// The examples of each label, in random order.
std::vector<std::vector<size_t>> shuffled_by_label(const std::vector<int32_t>& labels, uint64_t seed) {
  std::map<int32_t, std::vector<size_t>> by_label;
  for (size_t i = 0; i < labels.size(); ++i) by_label[labels[i]].push_back(i);
  std::vector<std::vector<size_t>> groups;
  for (auto& [label, members] : by_label) {
    Random random(Random::derive(seed, static_cast<uint64_t>(label) + 1));
    for (size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[random.below(i)]);
    groups.push_back(std::move(members));
  }
  return groups;
}

}  // namespace

ExampleReader::ExampleReader(std::vector<std::string> paths, const ExampleOptions& options, InvalidUtf8 invalid,
                             Progress* progress)
    : paths_(std::move(paths)), options_(options), invalid_(invalid), progress_(progress) {}

ExampleReader::~ExampleReader() = default;

bool ExampleReader::open_next() {
  if (next_path_ == paths_.size()) return false;
  source_ = open_examples(paths_[next_path_++], options_, invalid_);
  return true;
}

bool ExampleReader::next(Example& example) {
  if (const int signal = InterruptionGuard::signal(); signal != 0)
    throw Interrupted(signal, "interrupted while the examples were read; nothing is saved yet");
  while (source_ == nullptr || !source_->next(example))
    if (!open_next()) return false;
  for (const std::string& label : example.labels)
    if (label.empty()) throw Error(place() + ": an empty label");
  if (progress_ != nullptr) progress_->update(++examples_);
  return true;
}

std::string ExampleReader::place() const {
  return source_ == nullptr ? paths_.front() : source_->place();
}

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

std::vector<int32_t> stratified_folds(const std::vector<int32_t>& labels, int64_t folds, uint64_t seed) {
  if (static_cast<int64_t>(labels.size()) < folds)
    throw Error(fmt::format("data.examples.folds: {} folds of {} examples (take fewer folds)", folds, labels.size()));
  std::vector<int32_t> fold_of(labels.size());
  int64_t next = 0;
  for (const auto& members : shuffled_by_label(labels, seed))
    for (const size_t example : members) fold_of[example] = static_cast<int32_t>(next++ % folds);
  return fold_of;
}

}  // namespace seq

// Checks of predictions.json.
#include "run/predictions.h"

#include <fmt/format.h>

#include <algorithm>

#include "run/json_file.h"

namespace seq {
namespace {

constexpr int64_t kMostTexts = int64_t{1} << 40;  // sums of counts stay whole numbers

}  // namespace

std::vector<LabelCounts> Predictions::label_counts() const {
  if (confusion.empty()) return counts;
  std::vector<LabelCounts> all(labels.size());
  for (size_t truth = 0; truth < all.size(); ++truth)
    for (size_t answer = 0; answer < all.size(); ++answer) {
      const int64_t count = confusion[truth][answer];
      all[truth].wanted += count;
      all[answer].answered += count;
      if (truth == answer) all[truth].right = count;
    }
  return all;
}

void Predictions::check() const {
  if (labels.empty()) throw Error("labels: none, expected their names");
  if (!confusion.empty() && confusion.size() != labels.size())
    throw Error(fmt::format("confusion: {} rows, expected one for each of {} labels", confusion.size(), labels.size()));
  for (size_t row = 0; row < confusion.size(); ++row) {
    if (confusion[row].size() != labels.size())
      throw Error(fmt::format("confusion[{}]: {} columns, expected one for each of {} labels", row,
                              confusion[row].size(), labels.size()));
    for (size_t column = 0; column < labels.size(); ++column)
      if (confusion[row][column] > kMostTexts)
        throw Error(fmt::format("confusion[{}][{}]: {} is out of range", row, column, confusion[row][column]));
  }
  if (confusion.empty() && counts.size() != labels.size())
    throw Error(fmt::format("counts: {}, expected one for each of {} labels", counts.size(), labels.size()));
  for (size_t i = 0; i < counts.size(); ++i)
    if (counts[i].right > std::min(counts[i].answered, counts[i].wanted) ||
        std::max(counts[i].answered, counts[i].wanted) > kMostTexts)
      throw Error(fmt::format("counts[{}]: {} right of {} answered and {} wanted", i, counts[i].right,
                              counts[i].answered, counts[i].wanted));
  for (size_t i = 0; i < mistakes.size(); ++i)
    if (mistakes[i].attention.size() != mistakes[i].tokens.size())
      throw Error(fmt::format("mistakes[{}].attention: {} values for {} tokens", i, mistakes[i].attention.size(),
                              mistakes[i].tokens.size()));
}

Predictions parse_predictions(std::string_view text, const std::string& name) {
  return parse_fields_file<Predictions>(text, name);
}

void write_predictions(const fs::path& path, const Predictions& predictions) {
  write_fields_file(path, predictions);
}

}  // namespace seq

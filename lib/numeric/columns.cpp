// Classes and normalisation.
// R = rows, C = columns
#include "numeric/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace seq::numeric {
namespace {

constexpr size_t kShown = 10;  // classes in a message

}  // namespace

Columns::Columns(const Table& table, std::span<const int64_t> rows, const NumericOptions& options)
    : count_(table.columns), inputs_(table.inputs), target_(table.target), normalisation_(options.normalise) {
  std::set<std::string> distinct;
  if (!table.labels.empty())
    for (const int64_t row : rows) distinct.insert(table.labels[static_cast<size_t>(row)]);
  classes_.assign(distinct.begin(), distinct.end());
  if (classes_.size() == 1)
    throw Error(fmt::format("{}: all {} rows to train on are of the class \"{}\", expected two or more", table.source,
                            rows.size(), classes_[0]));
  if (normalisation_ == "minmax" || normalisation_ == "standardise") measure(table, rows);
}

void Columns::measure(const Table& table, std::span<const int64_t> rows) {
  for (int64_t column = 0; column < count_; ++column) {
    double least = std::numeric_limits<double>::infinity(), most = -least, sum = 0, squares = 0;
    const auto each = [&](const auto& use) {
      for (const int64_t row : rows) use(table.row(row)[static_cast<size_t>(column)]);
    };
    each([&](double x) {
      least = std::min(least, x);
      most = std::max(most, x);
      sum += x;
    });
    const double count = static_cast<double>(rows.size()), mean = sum / count;
    each([&](double x) { squares += (x - mean) * (x - mean); });
    if (least == most)
      throw Error(
          fmt::format("{}: column \"{}\" is {} in all {} rows to train on, data.numeric.normalise {} would "
                      "divide by 0 (leave it out of data.numeric.inputs, or normalise by unit or none)",
                      table.source, input(column), least, rows.size(), normalisation_));
    const bool by_range = normalisation_ == "minmax";
    shift_.push_back(by_range ? least : mean);
    scale_.push_back(1 / (by_range ? most - least : std::sqrt(squares / count)));
  }
}

std::string Columns::input(int64_t column) const {
  return inputs_.empty() ? fmt::format("pixel {}", column + 1) : inputs_[static_cast<size_t>(column)];
}

void Columns::normalise(std::span<double> x) const {
  if (normalisation_ == "unit") {
    for (double& value : x) value /= 255;
  } else if (normalisation_ == "row_mean") {
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
    for (double& value : x) value -= mean;
  } else if (normalisation_ != "none") {
    for (size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - shift_[i]) * scale_[i];
  }
}

double Columns::class_number(const Table& table, int64_t row) const {
  const std::string& label = table.labels[static_cast<size_t>(row)];
  const auto found = std::lower_bound(classes_.begin(), classes_.end(), label);
  if (found != classes_.end() && *found == label) return static_cast<double>(found - classes_.begin());
  const auto shown = static_cast<std::ptrdiff_t>(std::min(classes_.size(), kShown));
  throw Error(fmt::format("{}: {} \"{}\" is out of range: the model is trained on {}{}", table.place(row), table.target,
                          label, fmt::join(classes_.begin(), classes_.begin() + shown, ", "),
                          classes_.size() > kShown ? " …" : ""));
}

Part Columns::encode(const Table& table, std::span<const int64_t> rows) const {
  if (table.columns != count_ || table.inputs != inputs_)
    throw Error(fmt::format("{}: other inputs than the model was trained on ({} of them)", table.source, count_));
  Part part;
  part.rows = static_cast<int64_t>(rows.size());
  part.inputs.reserve(rows.size() * static_cast<size_t>(count_));
  part.targets.reserve(rows.size());
  for (const int64_t row : rows) {
    const auto values = table.row(row);
    part.inputs.insert(part.inputs.end(), values.begin(), values.end());
    part.targets.push_back(classes_.empty() ? table.numbers[static_cast<size_t>(row)] : class_number(table, row));
  }
  return part;
}

Part Columns::encode(const Table& table) const {
  std::vector<int64_t> rows(static_cast<size_t>(table.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return encode(table, rows);
}

void Columns::write(const std::filesystem::path& file) const {
  const Json json = {{"count", count_},     {"inputs", inputs_},           {"target", target_},
                     {"classes", classes_}, {"normalise", normalisation_}, {"shift", shift_},
                     {"scale", scale_}};
  write_file_atomic(file, json.dump() + "\n");
}

Columns Columns::read(const std::filesystem::path& file) {
  const Json json = read_json(file);
  Columns columns;
  try {
    json.at("count").get_to(columns.count_);
    json.at("inputs").get_to(columns.inputs_);
    json.at("target").get_to(columns.target_);
    json.at("classes").get_to(columns.classes_);
    json.at("normalise").get_to(columns.normalisation_);
    json.at("shift").get_to(columns.shift_);
    json.at("scale").get_to(columns.scale_);
  } catch (const Json::exception&) {
    throw Error(file.string() + ": damaged (train anew with --overwrite)");
  }
  const auto fits = [&](size_t size) { return size == 0 || size == static_cast<size_t>(columns.count_); };
  const bool scaled = columns.normalisation_ == "minmax" || columns.normalisation_ == "standardise";
  if (columns.count_ < 1 || !fits(columns.inputs_.size()) || !fits(columns.shift_.size()) ||
      columns.shift_.size() != columns.scale_.size() || scaled == columns.shift_.empty() ||
      !std::is_sorted(columns.classes_.begin(), columns.classes_.end()))
    throw Error(file.string() + ": damaged (train anew with --overwrite)");
  return columns;
}

}  // namespace seq::numeric

// Reading and cutting rows.
// R = rows, C = columns
#include "models/feedforward/data.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/random.h"
#include "base/stratified.h"
#include "models/run_data.h"
#include "numeric/generate.h"
#include "numeric/idx.h"

namespace seq::feedforward {
namespace {

using numeric::Columns;
using numeric::Part;
using numeric::Table;

constexpr uint64_t kCut = 11;  // stream of random numbers: which row goes to which part
constexpr std::array<const char*, 3> kParts = {"train", "valid", "test"};

using Rows = std::vector<int64_t>;

Rows all_rows(const Table& table) {
  Rows rows;
  for (int64_t row = 0; row < table.rows(); ++row) rows.push_back(row);
  return rows;
}

/// The number of each row's class; 0 for all where the target is a number.
std::vector<int32_t> labels_of(const Table& table) {
  std::vector<int32_t> labels(static_cast<size_t>(table.rows()), 0);
  std::map<std::string, int32_t> numbers;
  for (size_t row = 0; row < table.labels.size(); ++row)
    labels[row] = numbers.emplace(table.labels[row], static_cast<int32_t>(numbers.size())).first->second;
  return labels;
}

/// The rows of each part of one table, in their order.
std::map<std::string, Rows> cut(const Table& table, const Config& config) {
  const numeric::NumericOptions& options = config.data.numeric;
  const uint64_t seed = Random::derive(static_cast<uint64_t>(config.seed), kCut);
  const std::vector<int32_t> labels = labels_of(table);
  const std::vector<int8_t> part_of =
      options.folds == 0 ? stratified_parts(labels, config.data.split, seed)
                         : stratified_fold(labels, {options.folds, options.fold}, seed, "data.numeric");
  std::map<std::string, Rows> parts;
  for (int64_t row = 0; row < table.rows(); ++row)
    if (const int8_t part = part_of[static_cast<size_t>(row)]; part >= 0)
      parts[kParts[static_cast<size_t>(part)]].push_back(row);
  for (size_t part = 0; options.folds == 0 && part < config.data.split.size(); ++part)
    if (config.data.split[part] > 0 && !parts.contains(kParts[part]))
      throw Error(table.source + ": " + std::to_string(table.rows()) +
                  " rows are too few: data.split leaves none for " + kParts[part]);
  return parts;
}

Data load_cut(const Config& config, std::optional<Columns> columns) {
  const numeric::NumericOptions& options = config.data.numeric;
  const Table table = options.generate.is_set() ? numeric::generate(options.generate)
                                                : numeric::read_table(config.data.corpus, options);
  const std::map<std::string, Rows> rows = cut(table, config);
  if (!columns) columns.emplace(table, rows.at("train"), options);
  Data data{*columns, {}};
  for (const auto& [part, members] : rows) data.parts[part] = columns->encode(table, members);
  return data;
}

}  // namespace

Data load_data(const Config& config, std::optional<Columns> columns) {
  if (config.data.is_cut()) return load_cut(config, std::move(columns));
  const DataOptions& data = config.data;
  const Table training = numeric::read_table(data.train, data.numeric);
  if (!columns) columns.emplace(training, all_rows(training), data.numeric);
  Data loaded{*columns, {{"train", columns->encode(training)}}};
  if (!data.valid.empty()) loaded.parts["valid"] = columns->encode(numeric::read_table(data.valid, data.numeric));
  if (!data.test.empty()) loaded.parts["test"] = columns->encode(numeric::read_table(data.test, data.numeric));
  return loaded;
}

Part load_file(const std::string& file, const Config& config, const Columns& columns) {
  return columns.encode(numeric::read_table({file}, config.data.numeric));
}

Json fingerprints(const Config& config) {
  DataOptions data = config.data;
  for (auto* files : {&data.corpus, &data.train, &data.valid, &data.test}) {
    const std::vector<std::string> listed = *files;
    for (const std::string& file : listed)
      for (std::string& label : numeric::label_files(file, data.numeric)) files->push_back(std::move(label));
  }
  return data_fingerprints(data);
}

Tensors to_tensors(const Part& part, const Columns& columns, at::ScalarType type) {
  std::vector<double> inputs = part.inputs;
  const auto width = static_cast<size_t>(columns.count());
  for (size_t at = 0; at < inputs.size(); at += width) columns.normalise(std::span(inputs).subspan(at, width));
  std::vector<double> targets = part.targets;
  return {at::from_blob(inputs.data(), {part.rows, columns.count()}, at::kDouble).to(type, false, /*copy=*/true),
          at::from_blob(targets.data(), {part.rows}, at::kDouble).to(type, false, /*copy=*/true)};
}

}  // namespace seq::feedforward

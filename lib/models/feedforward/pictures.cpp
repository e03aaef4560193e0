// A network's answers over a plane or a line.
#include "models/feedforward/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/files.h"
#include "numeric/generate.h"

namespace seq::feedforward {
namespace {

using numeric::Part;

constexpr int64_t kColumns = 60, kRows = 50;  // of the plane
constexpr int64_t kSteps = 400;               // of the line
constexpr size_t kMostPoints = 3000;          // that are kept

struct Range {
  double least = 0, most = 0;
  double at(int64_t step, int64_t steps) const {
    return least + (most - least) * static_cast<double>(step) / static_cast<double>(steps - 1);
  }
};

/// Of a column in all parts.
Range range_of(const Data& data, size_t column) {
  Range range{data.parts.begin()->second.inputs[column], data.parts.begin()->second.inputs[column]};
  const auto width = static_cast<size_t>(data.columns.count());
  for (const auto& [name, part] : data.parts)
    for (size_t at = column; at < part.inputs.size(); at += width) {
      range.least = std::min(range.least, part.inputs[at]);
      range.most = std::max(range.most, part.inputs[at]);
    }
  return range;
}

Range widened(const Range& range) {
  const double margin = range.most > range.least ? 0.1 * (range.most - range.least) : 1;
  return {range.least - margin, range.most + margin};
}

/// To some digits, which is what a picture shows and keeps the file small.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10, 4 - std::floor(std::log10(std::abs(value))));
  return std::isfinite(scale) ? std::round(value * scale) / scale : value;
}

Tensor answers(FeedforwardModel& model, const Data& data, Part part, const Config& config) {
  part.targets.assign(static_cast<size_t>(part.rows), 0);
  const auto type = config.train.precision == "fp64" ? at::kDouble : at::kFloat;
  const Tensor x = to_tensors(part, data.columns, type).inputs.to(c10::Device(config.device));
  return model.answers(x).to(at::kCPU, at::kDouble).contiguous();
}

/// Every so many rows of a part, so that none of its regions is left out.
template <class Use>
void for_some_rows(const Part& part, const Use& use) {
  const size_t step = (static_cast<size_t>(part.rows) + kMostPoints - 1) / kMostPoints;
  for (size_t row = 0; row < static_cast<size_t>(part.rows); row += std::max<size_t>(step, 1)) use(row);
}

Json boundary(FeedforwardModel& model, const Data& data, const Config& config) {
  const std::array<Range, 2> ranges = {widened(range_of(data, 0)), widened(range_of(data, 1))};
  Part plane;
  plane.rows = kColumns * kRows;
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t column = 0; column < kColumns; ++column)
      plane.inputs.insert(plane.inputs.end(), {ranges[0].at(column, kColumns), ranges[1].at(row, kRows)});
  const auto [confidence, answer] = answers(model, data, std::move(plane), config).max(1);
  Json grid = Json::array(), certain = Json::array(), points = Json::array();
  for (int64_t place = 0; place < answer.numel(); ++place) {
    grid.push_back(answer.const_data_ptr<int64_t>()[place]);
    certain.push_back(rounded(confidence.const_data_ptr<double>()[place]));
  }
  for (const auto& [name, kind] : {std::pair("train", 0), std::pair("valid", 1)}) {
    const auto part = data.parts.find(name);
    if (part == data.parts.end()) continue;
    for_some_rows(part->second, [&, which = kind](size_t row) {
      points.push_back({rounded(part->second.inputs[2 * row]), rounded(part->second.inputs[2 * row + 1]),
                        static_cast<int64_t>(part->second.targets[row]), which});
    });
  }
  const auto limits = [](const Range& range) { return Json::array({rounded(range.least), rounded(range.most)}); };
  return {{"x", limits(ranges[0])},
          {"y", limits(ranges[1])},
          {"columns", kColumns},
          {"rows", kRows},
          {"names", data.columns.classes()},
          {"axes", {data.columns.input(0), data.columns.input(1)}},
          {"grid", grid},
          {"confidence", certain},
          {"points", points}};
}

std::string title_of(const FeedforwardOptions& options) {
  if (options.hidden.empty()) return fmt::format("degree {}", options.powers);
  return fmt::format("hidden {}", fmt::join(options.hidden, "-"));
}

Json fit(FeedforwardModel& model, const Data& data, const Config& config) {
  const Range range = range_of(data, 0);
  Part line;
  line.rows = kSteps;
  for (int64_t step = 0; step < kSteps; ++step) line.inputs.push_back(range.at(step, kSteps));
  const Tensor y = answers(model, data, line, config);
  Json curve = Json::array(), truth = Json::array(), points = Json::array();
  for (size_t step = 0; step < line.inputs.size(); ++step) {
    const double x = rounded(line.inputs[step]);
    curve.push_back({x, rounded(y.const_data_ptr<double>()[step])});
    truth.push_back({x, rounded(numeric::noise_free_cosine(x))});
  }
  const Part& part = data.parts.at("train");
  for_some_rows(part, [&](size_t row) { points.push_back({rounded(part.inputs[row]), rounded(part.targets[row])}); });
  Json json = {{"axes", {data.columns.input(0), data.columns.target()}},
               {"title", title_of(model.options())},
               {"curve", curve},
               {"points", points}};
  if (config.data.numeric.generate.set == "cosine") json["truth"] = truth;
  return json;
}

}  // namespace

void write_pictures(FeedforwardModel& model, const Data& data, const Config& config, const RunFolder& run) {
  const auto write = [&](const char* name, const Json& json) {
    write_file_atomic(run.path() / name, json.dump() + "\n");
  };
  if (model.answers_with_classes() && data.columns.count() == 2) write("boundary.json", boundary(model, data, config));
  if (!model.answers_with_classes() && data.columns.count() == 1) write("fit.json", fit(model, data, config));
}

}  // namespace seq::feedforward

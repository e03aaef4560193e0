// A network's answers over a plane or a line.
#include "models/feedforward/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "classify/predictions_builder.h"
#include "numeric/generate.h"
#include "run/pictures.h"

namespace seq::feedforward {
namespace {

using numeric::Part;

constexpr int64_t kColumns = 100, kRows = 80;  // cells of the plane
constexpr int64_t kSteps = 400;                // of the line
constexpr size_t kMostPoints = 3000;           // that are kept

struct Range {
  double least = 0, most = 0;
  double length() const { return most - least; }
};

/// Of a column in all parts.
Range range_of(const Data& data, size_t column) {
  const double first = data.parts.begin()->second.inputs[column];
  Range range{first, first};
  const auto width = static_cast<size_t>(data.columns.count());
  for (const auto& [name, part] : data.parts)
    for (size_t at = column; at < part.inputs.size(); at += width) {
      range.least = std::min(range.least, part.inputs[at]);
      range.most = std::max(range.most, part.inputs[at]);
    }
  return range;
}

Range widened(const Range& range) {
  const double margin = range.length() > 0 ? 0.1 * range.length() : 1;
  return {range.least - margin, range.most + margin};
}

/// The middle of cell `index` of so many.
double center(const Range& range, int64_t index, int64_t cells) {
  return range.least + range.length() * (static_cast<double>(index) + 0.5) / static_cast<double>(cells);
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

/// Every so many rows of a part.
template <class Use>
void for_some_rows(const Part& part, const Use& use) {
  const size_t rows = static_cast<size_t>(part.rows),
               step = std::max<size_t>(1, (rows + kMostPoints - 1) / kMostPoints);
  for (size_t row = 0; row < rows; row += step) use(row);
}

Boundary boundary_of(FeedforwardModel& model, const Data& data, const Config& config) {
  const Range x = widened(range_of(data, 0)), y = widened(range_of(data, 1));
  Part plane;
  plane.rows = kColumns * kRows;
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t column = 0; column < kColumns; ++column)
      plane.inputs.insert(plane.inputs.end(), {center(x, column, kColumns), center(y, row, kRows)});
  const auto [confidence, answer] = answers(model, data, std::move(plane), config).max(1);
  Boundary boundary;
  boundary.x = {x.least, x.most};
  boundary.y = {y.least, y.most};
  boundary.columns = kColumns;
  boundary.rows = kRows;
  boundary.names = data.columns.classes();
  boundary.axes = {data.columns.input(0), data.columns.input(1)};
  for (int64_t cell = 0; cell < answer.numel(); ++cell) {
    boundary.grid.push_back(answer.const_data_ptr<int64_t>()[cell]);
    boundary.confidence.push_back(rounded(confidence.const_data_ptr<double>()[cell]));
  }
  for (const auto& [name, kind] : {std::pair("train", 0.0), std::pair("valid", 1.0)}) {
    const auto found = data.parts.find(name);
    if (found == data.parts.end()) continue;
    const Part& part = found->second;
    for_some_rows(part, [&, which = kind](size_t row) {
      boundary.points.push_back(
          {rounded(part.inputs[2 * row]), rounded(part.inputs[2 * row + 1]), part.targets[row], which});
    });
  }
  return boundary;
}

std::string title_of(const FeedforwardOptions& options) {
  if (options.hidden.empty()) return fmt::format("degree {}", options.powers);
  return fmt::format("hidden {}", fmt::join(options.hidden, "-"));
}

Fit fit_of(FeedforwardModel& model, const Data& data, const Config& config) {
  const Range range = range_of(data, 0);
  Part line;
  line.rows = kSteps + 1;
  for (int64_t step = 0; step <= kSteps; ++step)
    line.inputs.push_back(range.least + range.length() * static_cast<double>(step) / kSteps);
  const Tensor y = answers(model, data, line, config);
  Fit fit;
  fit.title = title_of(model.options());
  fit.axes = {data.columns.input(0), data.columns.target()};
  const bool known = config.data.numeric.generate.set == "cosine";
  for (size_t step = 0; step < line.inputs.size(); ++step) {
    const double x = line.inputs[step];
    fit.curve.push_back({rounded(x), rounded(y.const_data_ptr<double>()[step])});
    if (known) fit.truth.push_back({rounded(x), rounded(numeric::noise_free_cosine(x))});
  }
  const Part& part = data.parts.at("train");
  for_some_rows(part, [&](size_t row) {
    fit.points.push_back({rounded(part.inputs[row]), rounded(part.targets[row])});
  });
  return fit;
}

/// A row as a reader should see it: its inputs, or where it stands when there are too many of them.
std::string text_of(const Part& part, int64_t row, int64_t columns) {
  constexpr int64_t kMost = 32;
  if (columns > kMost) return fmt::format("row {} of the part", row + 1);
  const double* first = part.inputs.data() + row * columns;
  return fmt::format("{}", fmt::join(first, first + columns, ", "));
}

Predictions predictions_of(FeedforwardModel& model, const Data& data, const Config& config) {
  const Part& part = data.parts.at("valid");
  const Tensor probabilities = answers(model, data, part, config).to(at::kFloat).contiguous();  // [R, K]
  const auto classes = static_cast<size_t>(probabilities.size(1));
  classify::PredictionsBuilder builder("valid", classify::Labels(data.columns.classes()), /*multi_label=*/false);
  for (int64_t row = 0; row < part.rows; ++row) {
    const auto truth = static_cast<int32_t>(part.targets[static_cast<size_t>(row)]);
    builder.add(row, {probabilities.const_data_ptr<float>() + row * probabilities.size(1), classes}, {&truth, 1});
  }
  for (const int64_t row : builder.mistakes()) {
    const std::string text = text_of(part, row, data.columns.count());
    builder.describe(row, {.text = text});
  }
  return builder.finish();
}

}  // namespace

void write_pictures(FeedforwardModel& model, const Data& data, const Config& config, const RunFolder& run) {
  if (model.answers_with_classes() && data.parts.contains("valid"))
    write_predictions(run.predictions(), predictions_of(model, data, config));
  if (model.answers_with_classes() && data.columns.count() == 2)
    write_boundary(run.boundary(), boundary_of(model, data, config));
  if (!model.answers_with_classes() && data.columns.count() == 1) write_fit(run.fit(), fit_of(model, data, config));
}

}  // namespace seq::feedforward

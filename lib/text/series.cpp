// Reading series of numbers, and setting them side by side.
#include "text/series.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/trimmed.h"

namespace seq {
namespace {

/// `place` is `file:line`.
double parse_number(std::string_view text, const std::string& place) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    throw Error(place + ": \"" + std::string(text) + "\" is not a finite number");
  return value;
}

std::vector<double> parse_inputs(std::string_view text, const std::string& place) {
  std::vector<double> inputs;
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    for (const char digit : text) inputs.push_back(digit - '0');
    return inputs;
  }
  while (!text.empty()) {
    const std::string_view number = text.substr(0, text.find(' '));
    inputs.push_back(parse_number(number, place));
    text = trimmed(text.substr(number.size()), " ");
  }
  return inputs;
}

Series parse_series(std::string_view line, const std::string& place) {
  const auto columns = std::count(line.begin(), line.end(), '\t') + 1;
  if (columns != 2)
    throw Error(place + ": " + std::to_string(columns) + " column" + (columns == 1 ? "" : "s") +
                ", expected 2 (inputs<TAB>target)");
  const size_t tab = line.find('\t');
  Series series{parse_inputs(trimmed(line.substr(0, tab), " "), place),
                parse_number(trimmed(line.substr(tab + 1), " "), place)};
  if (series.inputs.empty()) throw Error(place + ": no inputs before the tab (digits, or numbers between spaces)");
  return series;
}

}  // namespace

std::vector<Series> read_series(const std::filesystem::path& path) {
  std::vector<Series> all;
  LineReader lines(path);
  for (std::string_view line; lines.next(line);) {
    if (lines.number() == 1) line = without_byte_order_mark(line);
    if (trimmed(line, " ").empty()) continue;
    all.push_back(parse_series(line, path.string() + ":" + std::to_string(lines.number())));
  }
  if (all.empty()) throw Error(path.string() + ": no examples in it (one a line: inputs<TAB>target)");
  return all;
}

SeriesBatch pack_series(std::span<const Series> examples) {
  SeriesBatch batch;
  batch.count = static_cast<int64_t>(examples.size());
  size_t longest = 0;
  for (const Series& series : examples) longest = std::max(longest, series.inputs.size());
  batch.time = static_cast<int64_t>(longest);
  batch.inputs.assign(examples.size() * longest, 0.0);
  for (size_t b = 0; b < examples.size(); ++b) {
    const std::vector<double>& inputs = examples[b].inputs;
    std::copy_backward(inputs.begin(), inputs.end(),
                       batch.inputs.begin() + static_cast<std::ptrdiff_t>((b + 1) * longest));
    batch.targets.push_back(examples[b].target);
  }
  return batch;
}

}  // namespace seq

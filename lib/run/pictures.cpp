// Checks of boundary.json and fit.json.
#include "run/pictures.h"

#include <fmt/format.h>

#include <cmath>

#include "run/json_file.h"

namespace seq {
namespace {

constexpr double kLargest = 1e100;  // axes could not hold more

void require_size(const char* key, size_t size, size_t expected, const char* what) {
  if (size != expected) throw Error(fmt::format("{}: {} values, expected {} ({})", key, size, expected, what));
}

void require_range(const char* key, const std::vector<double>& range) {
  require_size(key, range.size(), 2, "least and most");
  if (!(range[0] < range[1]) || std::abs(range[0]) > kLargest || std::abs(range[1]) > kLargest)
    throw Error(fmt::format("{}: from {:g} to {:g}, expected the least first and a number up to 1e100", key, range[0],
                            range[1]));
}

/// Each a list of `size` numbers, of which the first two are a place.
void require_places(const char* key, const std::vector<std::vector<double>>& places, size_t size) {
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i].size() != size)
      throw Error(fmt::format("{}[{}]: {} values, expected {}", key, i, places[i].size(), size));
    if (std::abs(places[i][0]) > kLargest || std::abs(places[i][1]) > kLargest)
      throw Error(fmt::format("{}[{}]: a number beyond 1e100", key, i));
  }
}

}  // namespace

void Boundary::check() const {
  require_range("x", x);
  require_range("y", y);
  if (names.empty()) throw Error("names: none, expected those of the classes");
  require_size("axes", axes.size(), 2, "names of the two inputs");
  const auto cells = static_cast<size_t>(rows * columns);
  if (cells == 0) throw Error(rows == 0 ? "rows: missing" : "columns: missing");
  require_size("grid", grid.size(), cells, "rows × columns");
  require_size("confidence", confidence.size(), cells, "rows × columns");
  const auto classes = static_cast<int64_t>(names.size());
  for (size_t i = 0; i < grid.size(); ++i)
    if (grid[i] >= classes) throw Error(fmt::format("grid[{}]: class {} of {}", i, grid[i], classes));
  require_places("points", points, 4);
  for (size_t i = 0; i < points.size(); ++i) {
    const double label = points[i][2];
    if (label != std::floor(label) || label < 0 || label >= static_cast<double>(classes))
      throw Error(fmt::format("points[{}][2]: class {:g} of {}", i, label, classes));
    if (points[i][3] != 0 && points[i][3] != 1)
      throw Error(fmt::format("points[{}][3]: {:g}, expected 0 (training) or 1 (validation)", i, points[i][3]));
  }
}

void Fit::check() const {
  require_size("axes", axes.size(), 2, "names of input and target");
  if (curve.empty()) throw Error("curve: no points");
  require_places("curve", curve, 2);
  require_places("points", points, 2);
  require_places("truth", truth, 2);
}

Boundary parse_boundary(std::string_view text, const std::string& name) {
  return parse_fields_file<Boundary>(text, name);
}

Fit parse_fit(std::string_view text, const std::string& name) {
  return parse_fields_file<Fit>(text, name);
}

void write_boundary(const fs::path& path, const Boundary& boundary) {
  write_fields_file(path, boundary);
}

void write_fit(const fs::path& path, const Fit& fit) {
  write_fields_file(path, fit);
}

}  // namespace seq

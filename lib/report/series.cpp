// Thinning and smoothing of curves.
#include <algorithm>
#include <cmath>
#include <limits>

#include "report/chart.h"

namespace seq {
namespace {

/// Appends the first, least, greatest and last of a run of points, each once, in their order.
void append_extremes(const std::vector<Point>& points, size_t begin, size_t end, std::vector<Point>& out) {
  const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
  const auto first = points.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = points.begin() + static_cast<std::ptrdiff_t>(end);
  const auto [least, most] = std::minmax_element(first, last, by_y);
  std::vector<std::ptrdiff_t> chosen = {0, least - first, most - first, last - first - 1};
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  for (const std::ptrdiff_t i : chosen) out.push_back(first[i]);
}

}  // namespace

std::vector<Point> decimate(const std::vector<Point>& points, size_t columns) {
  if (points.size() <= 4 * columns) return points;
  const double least = points.front().x;
  const double width = std::max(points.back().x - least, std::numeric_limits<double>::min());
  const auto column = [&](const Point& point) {
    const double place = (point.x - least) / width * static_cast<double>(columns);
    return static_cast<size_t>(std::clamp(place, 0.0, static_cast<double>(columns - 1)));
  };
  std::vector<Point> out;
  for (size_t begin = 0; begin < points.size();) {
    size_t end = begin + 1;
    if (!std::isfinite(points[begin].y)) {
      if (out.empty() || std::isfinite(out.back().y)) out.push_back(points[begin]);
    } else {
      while (end < points.size() && std::isfinite(points[end].y) && column(points[end]) == column(points[begin])) ++end;
      append_extremes(points, begin, end, out);
    }
    begin = end;
  }
  return out;
}

std::vector<Point> smooth(const std::vector<Point>& points, size_t reach) {
  std::vector<double> sums = {0};  // of the finite values before a place, and how many they are
  std::vector<double> counts = {0};
  for (const Point& point : points) {
    const bool finite = std::isfinite(point.y);
    sums.push_back(sums.back() + (finite ? point.y : 0));
    counts.push_back(counts.back() + (finite ? 1 : 0));
  }
  std::vector<Point> out = points;
  for (size_t i = 0; i < points.size(); ++i) {
    if (!std::isfinite(points[i].y)) continue;
    const size_t begin = i - std::min(reach, i);
    const size_t end = std::min(i + std::min(reach, i), points.size() - 1) + 1;
    out[i].y = (sums[end] - sums[begin]) / (counts[end] - counts[begin]);
  }
  return out;
}

}  // namespace seq

// Line charts as SVG, coloured by the classes of the page that holds them (see page.cpp).
//
//   LineChart chart;
//   chart.x_title = "step";
//   chart.left.title = "loss";
//   chart.series.push_back({.name = "training", .points = points});
//   std::string svg = draw(chart);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/axis.h"
#include "report/frame.h"

namespace seq {

/// A `y` that is not finite leaves a gap.
struct Point {
  double x = 0;
  double y = 0;
};

/// How a series is drawn: a line; a pale one behind a smoothed one; a line with a dot at each point.
enum class Stroke { line, pale, dotted };

/// One curve.
struct Series {
  std::string name;
  std::vector<Point> points = {};  ///< in the order of x
  size_t colour = 0;               ///< number in the page's palette
  Stroke stroke = Stroke::line;
  Side side = Side::left;
  bool dashed = false;
};

/// A point worth a ring; `label` is written beside it, `title` shown when it is pointed at.
struct Mark {
  Point at;
  size_t colour = 0;
  std::string label = {};
  std::string title = {};
};

/// A vertical axis; scale and range are chosen from the values unless they are given.
struct Vertical {
  std::string title;
  std::optional<Scale> scale = std::nullopt;
  std::optional<double> least = std::nullopt;  ///< the axis starts here or below
  std::optional<double> most = std::nullopt;   ///< curves leave the picture above this
};

/// Everything of a chart; marks refer to the left axis.
struct LineChart {
  std::string x_title;
  Vertical left;
  Vertical right = {};  ///< drawn when a series stands on that side
  std::vector<Series> series = {};
  std::vector<Mark> marks = {};
  int width = 960;
  int height = 400;
};

/// The chart as an `<svg>` element; its size in bytes does not grow with the number of points beyond some thousands.
/// Empty when no series has a finite point.
std::string draw(const LineChart& chart);

/// The first, least, greatest and last point of each of `columns` equal parts of the range of x: what a line through
/// all of them would show. Gaps stay.
std::vector<Point> decimate(const std::vector<Point>& points, size_t columns);

/// The mean over the points at most `reach` places away; near the start over fewer, as many on both sides, so that a
/// steep fall there keeps its shape. Gaps stay.
std::vector<Point> smooth(const std::vector<Point>& points, size_t reach);

}  // namespace seq

// Labelled points of the plane in coloured groups, as SVG that stands alone.
//
//   Scatter scatter;
//   scatter.points.push_back({.x = 0.3, .y = 1.2, .label = "king", .group = 0, .leads = true});
//   write_file_atomic("words.svg", draw(scatter));
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace seq {

struct ScatterPoint {
  double x = 0;
  double y = 0;
  std::string label;
  std::string title = {};  ///< shown when it is pointed at
  size_t group = 0;        ///< gives the colour
  bool leads = false;      ///< the point that the group is named after: larger, its label in bold
};

struct Scatter {
  std::vector<ScatterPoint> points;
  int width = 1200;
  int height = 860;
};

/// The picture as a whole SVG file. Labels stand where they cover no other label and no point as long as there is room,
/// with a thin line to a point that they had to leave. x and y have the same scale. Points must be finite.
std::string draw(const Scatter& scatter);

/// The same on an HTML page under a title.
std::string scatter_page(const std::string& title, const Scatter& scatter);

}  // namespace seq

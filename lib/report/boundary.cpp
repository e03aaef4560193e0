// Regions of the plane by the class that a model gives them, with the points it learnt from.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/frame.h"
#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

constexpr int kLevels = 8;            // of confidence
constexpr size_t kMostPoints = 4000;  // evenly spread where there are more

class Regions {
 public:
  explicit Regions(const Boundary& boundary) : boundary_(boundary), frame_(560, 460, {}) {
    frame_.x = make_axis(boundary.x[0], boundary.x[1], Scale::linear, AxisEnds::at_data, 6);
    frame_.left = make_axis(boundary.y[0], boundary.y[1], Scale::linear, AxisEnds::at_data, 6);
  }

  std::string svg() const {
    return frame_.open(boundary_.axes[1] + " by " + boundary_.axes[0]) + frame_.clipped(regions() + borders()) +
           "<g class=\"bare\">" + frame_.axes(boundary_.axes[0], boundary_.axes[1], "") + "</g>" +
           frame_.clipped(points(0) + points(1)) + "</svg>\n";
  }

 private:
  size_t cell(int64_t row, int64_t column) const { return static_cast<size_t>(row * boundary_.columns + column); }
  int64_t answer(int64_t row, int64_t column) const { return boundary_.grid[cell(row, column)]; }
  double edge_x(int64_t column) const { return frame_.px(edge(boundary_.x, column, boundary_.columns)); }
  double edge_y(int64_t row) const { return frame_.py(edge(boundary_.y, row, boundary_.rows)); }
  static double edge(const std::vector<double>& range, int64_t number, int64_t count) {
    return range[0] + static_cast<double>(number) / static_cast<double>(count) * (range[1] - range[0]);
  }

  /// How far above chance, in steps that are told apart.
  int level(int64_t row, int64_t column) const {
    const double chance = 1 / static_cast<double>(boundary_.names.size());
    const double certain = (boundary_.confidence[cell(row, column)] - chance) / std::max(1 - chance, 1e-9);
    return std::clamp(static_cast<int>(certain * kLevels), 0, kLevels - 1);
  }

  /// One path for all cells of a class and level; neighbours in a row are one rectangle.
  std::string regions() const {
    std::map<std::pair<int64_t, int>, std::string> paths;
    for (int64_t row = 0; row < boundary_.rows; ++row)
      for (int64_t column = 0; column < boundary_.columns;) {
        const std::pair kind(answer(row, column), level(row, column));
        int64_t end = column + 1;
        while (end < boundary_.columns && std::pair(answer(row, end), level(row, end)) == kind) ++end;
        paths[kind] += fmt::format("M{0:.1f} {1:.1f}H{2:.1f}V{3:.1f}H{0:.1f}z", edge_x(column), edge_y(row),
                                   edge_x(end), edge_y(row + 1));
        column = end;
      }
    std::string out;
    for (const auto& [kind, path] : paths)
      out += fmt::format("<path class=\"region c{}\" style=\"fill-opacity:{:.2f}\" d=\"{}\"/>\n", kind.first % 8,
                         0.12 + 0.36 * kind.second / (kLevels - 1), path);
    return out;
  }

  /// Lines between cells of different classes.
  std::string borders() const {
    std::string path;
    for (int64_t row = 0; row < boundary_.rows; ++row)
      for (int64_t column = 0; column < boundary_.columns; ++column) {
        if (column + 1 < boundary_.columns && answer(row, column) != answer(row, column + 1))
          path += fmt::format("M{:.1f} {:.1f}V{:.1f}", edge_x(column + 1), edge_y(row), edge_y(row + 1));
        if (row + 1 < boundary_.rows && answer(row, column) != answer(row + 1, column))
          path += fmt::format("M{:.1f} {:.1f}H{:.1f}", edge_x(column), edge_y(row + 1), edge_x(column + 1));
      }
    return path.empty() ? "" : "<path class=\"border\" d=\"" + path + "\"/>\n";
  }

  std::string points(int part) const {
    const size_t count = boundary_.points.size();
    const size_t stride = 1 + count / kMostPoints;
    const double radius = count <= 300 ? 4 : count <= 1500 ? 3 : 2;
    std::string out;
    for (size_t i = 0; i < count; i += stride) {
      const std::vector<double>& point = boundary_.points[i];
      if (static_cast<int>(point[3]) != part) continue;
      out += fmt::format("<circle class=\"c{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"/>",
                         static_cast<int64_t>(point[2]) % 8, frame_.px(point[0]), frame_.py(point[1]), radius);
    }
    if (out.empty()) return "";
    return fmt::format("<g class=\"{}\">{}</g>\n", part == 0 ? "dots" : "rings", out);
  }

  const Boundary& boundary_;
  Frame frame_;
};

std::string class_legend(const Boundary& boundary) {
  std::vector<LegendEntry> entries;
  entries.reserve(boundary.names.size());
  for (size_t i = 0; i < boundary.names.size(); ++i) entries.push_back({boundary.names[i], i});
  return legend(entries, boundary.points.size() > kMostPoints ? "some of the points" : "");
}

}  // namespace

std::string boundaries_section(const std::vector<RunData>& runs) {
  std::string figures;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i].boundary()) continue;
    const Boundary& boundary = *runs[i].boundary();
    figures += "<figure>" + run_heading(runs, i) + class_legend(boundary) + Regions(boundary).svg() + "</figure>\n";
  }
  if (figures.empty()) return "";
  return "<section><h2>Decision boundary</h2><p class=\"note\">The paler, the less certain; dots: training, rings: "
         "validation.</p><div class=\"grid2\">" +
         figures + "</div></section>\n";
}

}  // namespace seq

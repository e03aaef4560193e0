// Fitted curves with their points, those of several runs side by side and to one scale.
#include <fmt/format.h>

#include <algorithm>

#include "report/frame.h"
#include "report/html.h"
#include "report/sections.h"

namespace seq {
namespace {

constexpr double kRoom = 0.15;  // above and below the points; a curve that over-fits leaves the picture there

struct Extents {
  Extent x, y;
};

void add(const std::vector<std::vector<double>>& places, Extent& x, Extent& y) {
  for (const auto& place : places) {
    x.add(place[0]);
    y.add(place[1]);
  }
}

/// What all pictures show: every x, and the values of points and true functions.
Extents extents_of(const std::vector<RunData>& runs) {
  Extents extents;
  Extent curves;
  for (const RunData& run : runs) {
    if (!run.fit()) continue;
    add(run.fit()->points, extents.x, extents.y);
    add(run.fit()->truth, extents.x, extents.y);
    add(run.fit()->curve, extents.x, curves);
  }
  if (extents.y.empty()) extents.y = curves;
  const double room = kRoom * (extents.y.most - extents.y.least);
  extents.y = {extents.y.least - room, extents.y.most + room};
  return extents;
}

std::string curve(const Frame& frame, const std::vector<std::vector<double>>& places, const char* classes,
                  const char* name) {
  if (places.empty()) return "";
  std::string path, data;
  for (const auto& place : places) {
    const double x = frame.px(place[0]);
    const double y = std::clamp(frame.py(place[1]), -1e4, 1e4);  // renderers do not take every number
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', x, y);
    if (y >= frame.top() && y <= frame.bottom())
      data += fmt::format("{:.1f},{:.1f},{:.6g},{:.5g} ", x, y, place[0], place[1]);
  }
  std::string shown;  // under the pointer
  if (!data.empty()) shown = fmt::format(" data-name=\"{}\" data-points=\"{}\"", name, data);
  return fmt::format("<g class=\"line {}\"{}><path d=\"{}\"/></g>\n", classes, shown, path);
}

std::string picture(const Fit& fit, const Extents& extents, bool small) {
  Frame frame(small ? 420 : 560, small ? 320 : 360, {});
  frame.x = make_axis(extents.x.least, extents.x.most, Scale::linear, AxisEnds::at_data, 6);
  frame.left = make_axis(extents.y.least, extents.y.most, Scale::linear, AxisEnds::at_data, 6);
  std::string points;
  for (const auto& point : fit.points)
    points += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"/>", frame.px(point[0]), frame.py(point[1]));
  return frame.open(fit.axes[1] + " by " + fit.axes[0]) + frame.axes(fit.axes[0], fit.axes[1], "") +
         frame.clipped(curve(frame, fit.truth, "c7 dashed", "true function") +
                       curve(frame, fit.curve, "c1", "fitted curve") + "<g class=\"dots c0\">" + points + "</g>") +
         "</svg>\n";
}

}  // namespace

std::string fits_section(const std::vector<RunData>& runs) {
  const Extents extents = extents_of(runs);
  std::string figures;
  bool truth = false;
  const bool small =
      std::count_if(runs.begin(), runs.end(), [](const RunData& run) { return run.fit().has_value(); }) > 2;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!runs[i].fit()) continue;
    const Fit& fit = *runs[i].fit();
    truth = truth || !fit.truth.empty();
    figures += fmt::format("<figure>{}<figcaption>{}</figcaption>{}</figure>\n", run_heading(runs, i),
                           escape_html(fit.title), picture(fit, extents, small));
  }
  if (figures.empty()) return "";
  std::vector<LegendEntry> entries = {{"points", 0}, {"fitted curve", 1}};
  if (truth) entries.push_back({"true function (dashed)", 7});
  return "<section><h2>Fit</h2>" + legend(entries, "") + (small ? "<div class=\"grid3\">" : "<div class=\"grid2\">") +
         figures + "</div></section>\n";
}

}  // namespace seq

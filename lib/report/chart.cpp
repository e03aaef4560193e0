// Drawing line charts.
#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/frame.h"
#include "report/html.h"

namespace seq {
namespace {

constexpr size_t kColumns = 300;

/// Not a gap. Absurdly large numbers of a diverged run count as gaps: axes could not hold them.
bool drawable(const Point& point) {
  return std::abs(point.x) < 1e100 && std::abs(point.y) < 1e100;
}

class Drawing {
 public:
  explicit Drawing(const LineChart& chart) : chart_(chart) {
    for (const Series& series : chart.series)
      for (const Point& point : series.points) {
        if (!drawable(point)) continue;
        x_range_.add(point.x);
        (series.side == Side::left ? left_range_ : right_range_).add(point.y);
      }
  }

  std::string svg() {
    if (x_range_.empty()) return "";
    if (x_range_.least > 0 && x_range_.least < 0.1 * x_range_.most) x_range_.least = 0;
    frame_ = Frame(chart_.width, chart_.height, {.left = !left_range_.empty(), .right = !right_range_.empty()});
    frame_.x = make_axis(x_range_.least, x_range_.most, Scale::linear, AxisEnds::at_data, chart_.width / 110);
    if (!left_range_.empty()) frame_.left = vertical(chart_.left, left_range_);
    if (!right_range_.empty()) frame_.right = vertical(chart_.right, right_range_);
    out_ += frame_.open(chart_.left.title + " by " + chart_.x_title);
    out_ += frame_.axes(chart_.x_title, chart_.left.title, chart_.right.title);
    for (const Series& series : chart_.series)
      if (series.stroke == Stroke::pale) curve(series);
    for (const Series& series : chart_.series)
      if (series.stroke != Stroke::pale) curve(series);
    for (const Mark& mark : chart_.marks) ring(mark);
    return out_ + "</svg>\n";
  }

 private:
  Axis vertical(const Vertical& wanted, Extent range) const {
    if (wanted.most) range.most = std::max(range.least, std::min(range.most, *wanted.most));
    if (wanted.least) range.least = std::min(range.least, *wanted.least);
    Scale scale = wanted.scale.value_or(fitting_scale(range.least, range.most));
    if (range.least <= 0) scale = Scale::linear;
    return make_axis(range.least, range.most, scale, AxisEnds::at_ticks, chart_.height / 65);
  }

  void curve(const Series& series) {
    const std::vector<Point> points = decimate(series.points, kColumns);
    std::string path, dots, data;
    const Point* before = nullptr;  // the end of the line so far; none after a gap
    for (size_t i = 0; i < points.size(); ++i) {
      const Point& point = points[i];
      if (!drawable(point)) {
        before = nullptr;
        continue;
      }
      path += stroke_to(before, point, series.side);
      const double x = frame_.px(point.x);
      const double y = frame_.py(point.y, series.side);
      const bool alone = before == nullptr && (i + 1 == points.size() || !drawable(points[i + 1]));
      before = &point;
      if (y < frame_.top() - 0.5) continue;
      data += fmt::format("{:.1f},{:.1f},{:.6g},{:.5g} ", x, y, point.x, point.y);
      if (alone || (series.stroke == Stroke::dotted && points.size() <= 80))
        dots += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{}"/>)", x, y, alone ? 3.5 : 2.5);
    }
    if (path.empty()) return;
    const char* kind = series.stroke == Stroke::pale ? "pale" : "line";
    out_ += fmt::format(R"(<g class="{} c{}{}")", kind, series.colour % 8, series.dashed ? " dashed" : "");
    if (series.stroke != Stroke::pale)
      out_ += fmt::format(R"( data-name="{}" data-points="{}")", escape_html(series.name), data);
    out_ += fmt::format("><title>{}</title><path d=\"{}\"/>{}</g>\n", escape_html(series.name), path, dots);
  }

  /// A line from one point to the next, cut at the upper edge of the picture.
  std::string stroke_to(const Point* from, const Point& to, Side side) const {
    const double x = frame_.px(to.x);
    const double y = frame_.py(to.y, side);
    const bool visible = y >= frame_.top() - 0.5;
    if (from == nullptr) return visible ? fmt::format("M{:.1f} {:.1f}", x, y) : "";
    const double from_x = frame_.px(from->x);
    const double from_y = frame_.py(from->y, side);
    const bool from_visible = from_y >= frame_.top() - 0.5;
    if (visible && from_visible) return fmt::format("L{:.1f} {:.1f}", x, y);
    if (!visible && !from_visible) return "";
    const double edge_x = from_x + (x - from_x) * (frame_.top() - from_y) / (y - from_y);
    return visible ? fmt::format("M{:.1f} {}L{:.1f} {:.1f}", edge_x, frame_.top(), x, y)
                   : fmt::format("L{:.1f} {}", edge_x, frame_.top());
  }

  void ring(const Mark& mark) {
    if (!drawable(mark.at)) return;
    const double x = frame_.px(mark.at.x);
    const double y = frame_.py(mark.at.y, Side::left);
    if (y < frame_.top() - 0.5) return;
    out_ += fmt::format(R"(<g class="ring c{}"><title>{}</title><circle cx="{:.1f}" cy="{:.1f}" r="6"/></g>)",
                        mark.colour % 8, escape_html(mark.title), x, y);
    if (mark.label.empty()) return;
    const bool at_right = x > frame_.left_edge() + 0.75 * (frame_.right_edge() - frame_.left_edge());
    const double above = y - 14 < frame_.top() + 8 ? 24 : -14;
    out_ += svg_text(x + (at_right ? 2 : -6), y + above, at_right ? "best end" : "best", mark.label) + "\n";
  }

  const LineChart& chart_;
  Extent x_range_, left_range_, right_range_;
  Frame frame_{0, 0, {}};
  std::string out_;
};

}  // namespace

std::string draw(const LineChart& chart) {
  return Drawing(chart).svg();
}

}  // namespace seq

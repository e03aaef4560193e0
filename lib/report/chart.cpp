// Drawing line charts.
#include "report/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/html.h"

namespace seq {
namespace {

constexpr size_t kColumns = 300;

/// Not a gap. Absurdly large numbers of a diverged run count as gaps: axes could not hold them.
bool drawable(const Point& point) {
  return std::abs(point.x) < 1e100 && std::abs(point.y) < 1e100;
}

/// The least and greatest value of something.
struct Range {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
  bool empty() const { return most < least; }
};

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
    two_sided_ = !right_range_.empty();
    right_edge_ = chart_.width - (two_sided_ ? 62 : 18);
    bottom_ = chart_.height - 46;
    if (x_range_.least > 0 && x_range_.least < 0.1 * x_range_.most) x_range_.least = 0;
    x_ = make_axis(x_range_.least, x_range_.most, Scale::linear, AxisEnds::at_data, chart_.width / 110);
    if (!left_range_.empty()) left_ = vertical(chart_.left, left_range_);
    if (two_sided_) right_ = vertical(chart_.right, right_range_);
    open();
    axes();
    for (const Series& series : chart_.series)
      if (series.stroke == Stroke::pale) curve(series);
    for (const Series& series : chart_.series)
      if (series.stroke != Stroke::pale) curve(series);
    for (const Mark& mark : chart_.marks) ring(mark);
    return out_ + "</svg>\n";
  }

 private:
  Axis vertical(const Vertical& wanted, Range range) const {
    if (wanted.most) range.most = std::max(range.least, std::min(range.most, *wanted.most));
    if (wanted.least) range.least = std::min(range.least, *wanted.least);
    Scale scale = wanted.scale.value_or(fitting_scale(range.least, range.most));
    if (range.least <= 0) scale = Scale::linear;
    return make_axis(range.least, range.most, scale, AxisEnds::at_ticks, chart_.height / 65);
  }

  double px(double x) const { return kLeft + x_.place(x) * (right_edge_ - kLeft); }
  double py(double y, Side side) const {
    return bottom_ - (side == Side::left ? left_ : right_).place(y) * (bottom_ - kTop);
  }

  void open() {
    out_ += fmt::format(R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{} by {}" )"
                        R"(data-box="{} {} {} {}">)"
                        "\n",
                        chart_.width, chart_.height, escape_html(chart_.left.title), escape_html(chart_.x_title), kLeft,
                        kTop, right_edge_, bottom_);
  }

  void text(double x, double y, const char* classes, const std::string& content) {
    out_ += fmt::format(R"(<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>)", x, y, classes, escape_html(content));
  }

  void axes() {
    for (size_t i = 0; i < left_.ticks.size() && !left_range_.empty(); ++i) {
      const double y = py(left_.ticks[i], Side::left);
      out_ += fmt::format(R"(<path class="grid" d="M{} {:.1f}H{}"/>)", kLeft, y, right_edge_);
      text(kLeft - 9, y + 4, "tick end", left_.labels[i]);
    }
    for (size_t i = 0; i < right_.ticks.size() && two_sided_; ++i)
      text(right_edge_ + 9, py(right_.ticks[i], Side::right) + 4, "tick", right_.labels[i]);
    for (size_t i = 0; i < x_.ticks.size(); ++i) {
      const double x = px(x_.ticks[i]);
      out_ += fmt::format(R"(<path class="axis" d="M{:.1f} {}v5"/>)", x, bottom_);
      text(x, bottom_ + 19, "tick middle", x_.labels[i]);
    }
    out_ += fmt::format(R"(<path class="axis" d="M{} {}H{}"/>)", kLeft, bottom_, right_edge_);
    text((kLeft + right_edge_) / 2.0, chart_.height - 6, "title middle", chart_.x_title);
    side_title(14, chart_.left.title, left_.scale);
    if (two_sided_) side_title(chart_.width - 6, chart_.right.title, right_.scale);
    out_ += "\n";
  }

  void side_title(double x, std::string title, Scale scale) {
    if (scale == Scale::log) title += title.empty() ? "log scale" : " (log scale)";
    if (title.empty()) return;
    const double y = (kTop + bottom_) / 2.0;
    out_ += fmt::format(R"svg(<text transform="translate({} {}) rotate(-90)" class="title middle">{}</text>)svg", x, y,
                        escape_html(title));
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
      const double x = px(point.x);
      const double y = py(point.y, series.side);
      const bool alone = before == nullptr && (i + 1 == points.size() || !drawable(points[i + 1]));
      before = &point;
      if (y < kTop - 0.5) continue;
      data += fmt::format("{:.1f},{:.1f},{:.6g},{:.5g} ", x, y, point.x, point.y);
      if (alone || (series.stroke == Stroke::dotted && points.size() <= 80))
        dots += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="{}"/>)", x, y, alone ? 3.5 : 2.5);
    }
    if (path.empty()) return;
    const char* kind = series.stroke == Stroke::pale ? "pale" : "line";
    out_ += fmt::format(R"(<g class="{} c{}")", kind, series.colour % 8);
    if (series.stroke != Stroke::pale)
      out_ += fmt::format(R"( data-name="{}" data-points="{}")", escape_html(series.name), data);
    out_ += fmt::format("><title>{}</title><path d=\"{}\"/>{}</g>\n", escape_html(series.name), path, dots);
  }

  /// A line from one point to the next, cut at the upper edge of the picture.
  std::string stroke_to(const Point* from, const Point& to, Side side) const {
    const double x = px(to.x);
    const double y = py(to.y, side);
    const bool visible = y >= kTop - 0.5;
    if (from == nullptr) return visible ? fmt::format("M{:.1f} {:.1f}", x, y) : "";
    const double from_x = px(from->x);
    const double from_y = py(from->y, side);
    const bool from_visible = from_y >= kTop - 0.5;
    if (visible && from_visible) return fmt::format("L{:.1f} {:.1f}", x, y);
    if (!visible && !from_visible) return "";
    const double edge_x = from_x + (x - from_x) * (kTop - from_y) / (y - from_y);
    return visible ? fmt::format("M{:.1f} {}L{:.1f} {:.1f}", edge_x, kTop, x, y)
                   : fmt::format("L{:.1f} {}", edge_x, kTop);
  }

  void ring(const Mark& mark) {
    if (!drawable(mark.at)) return;
    const double x = px(mark.at.x);
    const double y = py(mark.at.y, Side::left);
    if (y < kTop - 0.5) return;
    out_ += fmt::format(R"(<g class="ring c{}"><title>{}</title><circle cx="{:.1f}" cy="{:.1f}" r="6"/></g>)",
                        mark.colour % 8, escape_html(mark.title), x, y);
    if (mark.label.empty()) return;
    const bool at_right = x > kLeft + 0.75 * (right_edge_ - kLeft);
    const double above = y - 14 < kTop + 8 ? 24 : -14;
    text(x + (at_right ? 6 : -6), y + above, at_right ? "best end" : "best", mark.label);
    out_ += "\n";
  }

  static constexpr int kLeft = 66;
  static constexpr int kTop = 14;
  const LineChart& chart_;
  Range x_range_, left_range_, right_range_;
  Axis x_, left_, right_;
  bool two_sided_ = false;
  int right_edge_ = 0;
  int bottom_ = 0;
  std::string out_;
};

}  // namespace

std::string draw(const LineChart& chart) {
  return Drawing(chart).svg();
}

}  // namespace seq

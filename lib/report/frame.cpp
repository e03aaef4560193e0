// Drawing axes.
#include "report/frame.h"

#include <fmt/format.h>

#include "report/html.h"

namespace seq {

Frame::Frame(int width, int height, Sides sides) : width_(width), height_(height), sides_(sides) {}

std::string Frame::open(const std::string& label) const {
  return fmt::format(R"(<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" data-box="{} {} {} {}">)"
                     "\n",
                     width_, height_, escape_html(label), kLeft, kTop, right_edge(), bottom());
}

std::string Frame::axes(const std::string& x_title, const std::string& left_title,
                        const std::string& right_title) const {
  std::string out;
  for (size_t i = 0; i < left.ticks.size() && sides_.left; ++i) {
    const double y = py(left.ticks[i]);
    out += fmt::format(R"(<path class="grid" d="M{} {:.1f}H{}"/>)", kLeft, y, right_edge());
    out += svg_text(kLeft - 9, y + 4, "tick end", left.labels[i]);
  }
  for (size_t i = 0; i < right.ticks.size() && sides_.right; ++i)
    out += svg_text(right_edge() + 9, py(right.ticks[i], Side::right) + 4, "tick", right.labels[i]);
  for (size_t i = 0; i < x.ticks.size(); ++i) {
    const double at = px(x.ticks[i]);
    out += fmt::format(R"(<path class="axis" d="M{:.1f} {}v5"/>)", at, bottom());
    out += svg_text(at, bottom() + 19, "tick middle", x.labels[i]);
  }
  out += fmt::format(R"(<path class="axis" d="M{} {}H{}"/>)", kLeft, bottom(), right_edge());
  out += svg_text((kLeft + right_edge()) / 2.0, height_ - 6, "title middle", x_title);
  out += side_title(14, left_title, left.scale);
  if (sides_.right) out += side_title(width_ - 6, right_title, right.scale);
  return out + "\n";
}

std::string Frame::side_title(double at, std::string title, Scale scale) const {
  if (scale == Scale::log) title += title.empty() ? "log scale" : " (log scale)";
  if (title.empty()) return "";
  return fmt::format(R"svg(<text transform="translate({} {}) rotate(-90)" class="title middle">{}</text>)svg", at,
                     (kTop + bottom()) / 2.0, escape_html(title));
}

std::string Frame::clipped(const std::string& content) const {
  return fmt::format(R"(<svg x="{0}" y="{1}" width="{2}" height="{3}" viewBox="{0} {1} {2} {3}">)", kLeft, kTop,
                     right_edge() - kLeft, bottom() - kTop) +
         content + "</svg>\n";
}

std::string svg_text(double x, double y, const char* classes, const std::string& content) {
  return fmt::format(R"(<text x="{:.1f}" y="{:.1f}" class="{}">{}</text>)", x, y, classes, escape_html(content));
}

}  // namespace seq

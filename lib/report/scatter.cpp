// Drawing scatters.
#include "report/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "report/html.h"
#include "report/label_places.h"
#include "report/sections.h"

namespace seq {
namespace {

constexpr double kMargin = 34;

constexpr const char* kScatterStyle =
    "text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','DejaVu Sans',sans-serif;"
    "paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
    ".lead{font-weight:700;font-size:17px}.link{stroke-width:.8;opacity:.5}circle{stroke:#fff}";

/// The palette of the report's charts, and from the ninth group on hues that are far from those before.
std::string colour(size_t group) {
  constexpr const char* kPalette[] = {"#0072b2", "#d55e00", "#00855f", "#b8568f",
                                      "#a07800", "#2f9bd6", "#6f54b5", "#5f6871"};
  if (group < std::size(kPalette)) return kPalette[group];
  const double hue = std::fmod(20 + 137.508 * static_cast<double>(group), 360);
  return fmt::format("hsl({:.0f} 62% {}%)", hue, group % 2 == 0 ? 34 : 40);
}

/// Letters as the browser will about set them; those beyond Latin are often as wide as high.
double text_width(const std::string& text, bool bold) {
  double width = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool narrow = std::string_view("iljtfrI.,'-").find(c) != std::string_view::npos;
    const bool wide = std::string_view("mwMW").find(c) != std::string_view::npos;
    if (byte < 0x80) width += narrow ? 0.4 : wide ? 0.92 : 0.63;
    if (byte >= 0xC0) width += byte >= 0xE0 ? 1.05 : 0.63;  // of two bytes: Latin, Greek, Cyrillic
  }
  return width * (bold ? 18.5 : 13);
}

class Drawing {
 public:
  explicit Drawing(const Scatter& scatter) : scatter_(scatter) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    Box range{kInfinity, kInfinity, -kInfinity, -kInfinity};
    for (const ScatterPoint& point : scatter.points) {
      range.left = std::min(range.left, point.x);
      range.right = std::max(range.right, point.x);
      range.top = std::min(range.top, point.y);
      range.bottom = std::max(range.bottom, point.y);
    }
    const double wide = std::max(range.right - range.left, 1e-12), high = std::max(range.bottom - range.top, 1e-12);
    scale_ = std::min((scatter.width - 2 * kMargin - 80) / wide, (scatter.height - 2 * kMargin) / high);
    centre_x_ = (range.left + range.right) / 2;
    centre_y_ = (range.top + range.bottom) / 2;
  }

  std::string svg() {
    order_by_importance();
    std::vector<Label> labels;
    for (const size_t i : order_) labels.push_back(label(scatter_.points[i]));
    const Box frame{4, 4, scatter_.width - 4.0, scatter_.height - 4.0};
    const std::vector<Box> boxes = place_labels(labels, frame);
    std::string links, dots, texts;
    for (size_t i = 0; i < order_.size(); ++i) {
      const ScatterPoint& point = scatter_.points[order_[i]];
      links += link(point, labels[i], boxes[i]);
      dots += dot(point, labels[i]);
      texts += text(point, boxes[i]);
    }
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" role=\"img\">\n"
        "<style>{2}</style>\n<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>\n{3}{4}{5}</svg>\n",
        scatter_.width, scatter_.height, kScatterStyle, links, dots, texts);
  }

 private:
  /// Leading points choose the places of their labels first.
  void order_by_importance() {
    order_.resize(scatter_.points.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::stable_partition(order_.begin(), order_.end(), [&](size_t i) { return scatter_.points[i].leads; });
  }

  Label label(const ScatterPoint& point) const {
    const double x = scatter_.width / 2.0 + (point.x - centre_x_) * scale_;
    const double y = scatter_.height / 2.0 - (point.y - centre_y_) * scale_;
    return {x, y, point.leads ? 7.0 : 4.0, text_width(point.label, point.leads), point.leads ? 19.0 : 15.0};
  }

  static std::string link(const ScatterPoint& point, const Label& label, const Box& box) {
    const double x = std::clamp(label.x, box.left, box.right), y = std::clamp(label.y, box.top, box.bottom);
    if (std::hypot(x - label.x, y - label.y) < label.radius + 10) return "";
    return fmt::format("<path class=\"link\" stroke=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", colour(point.group),
                       label.x, label.y, x, y);
  }

  static std::string dot(const ScatterPoint& point, const Label& label) {
    return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"><title>{}</title></circle>\n", label.x,
                       label.y, label.radius, colour(point.group),
                       escape_html(point.title.empty() ? point.label : point.title));
  }

  static std::string text(const ScatterPoint& point, const Box& box) {
    return fmt::format("<text{} x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" fill=\"{}\">{}</text>\n",
                       point.leads ? " class=\"lead\"" : "", (box.left + box.right) / 2,
                       box.bottom - (point.leads ? 4.5 : 3.5), colour(point.group), escape_html(point.label));
  }

  const Scatter& scatter_;
  double scale_ = 1, centre_x_ = 0, centre_y_ = 0;
  std::vector<size_t> order_;
};

}  // namespace

std::string draw(const Scatter& scatter) {
  return Drawing(scatter).svg();
}

std::string scatter_page(const std::string& title, const Scatter& scatter) {
  return html_page(title, "<h1>" + escape_html(title) + "</h1>\n<style>main svg{max-width:100%;height:auto}</style>\n" +
                              "<main>" + draw(scatter) + "</main>\n");
}

}  // namespace seq

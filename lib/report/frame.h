// The rectangle of a picture with an axis at two or three of its sides.
//
//   Frame frame(560, 280, {.left = true});
//   frame.x = make_axis(…);
//   frame.left = make_axis(…);
//   svg = frame.open("loss by steps") + frame.axes("steps", "loss", "") + … frame.px(3) … + "</svg>\n";
#pragma once

#include <limits>
#include <string>

#include "report/axis.h"

namespace seq {

enum class Side { left, right };

/// The least and greatest value of something.
struct Extent {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();
  void add(double value) {
    least = value < least ? value : least;
    most = value > most ? value : most;
  }
  bool empty() const { return most < least; }
};

/// Which vertical axes there are.
struct Sides {
  bool left = true;
  bool right = false;
};

/// Places inside the frame, and the SVG of what is around it.
class Frame {
 public:
  Frame(int width, int height, Sides sides);

  Axis x, left, right;

  double px(double value) const { return kLeft + x.place(value) * (right_edge() - kLeft); }
  double py(double value, Side side = Side::left) const {
    return bottom() - (side == Side::left ? left : right).place(value) * (bottom() - kTop);
  }
  int left_edge() const { return kLeft; }
  int right_edge() const { return width_ - (sides_.right ? 62 : 18); }
  int top() const { return kTop; }
  int bottom() const { return height_ - 46; }

  /// The tag `<svg>`; `label` says what the picture shows.
  std::string open(const std::string& label) const;
  /// Ticks, lines and titles.
  std::string axes(const std::string& x_title, const std::string& left_title, const std::string& right_title) const;
  /// Around what must not leave the frame.
  std::string clipped(const std::string& content) const;

 private:
  std::string side_title(double x, std::string title, Scale scale) const;

  static constexpr int kLeft = 66;
  static constexpr int kTop = 14;
  int width_;
  int height_;
  Sides sides_;
};

/// A `<text>` element.
std::string svg_text(double x, double y, const char* classes, const std::string& content);

}  // namespace seq

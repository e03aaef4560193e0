// Axes of charts: a range with round ends, its ticks and their labels.
#pragma once

#include <string>
#include <vector>

namespace seq {

enum class Scale { linear, log };

/// Whether an axis may grow to the next tick (values) or ends where the data end (steps).
enum class AxisEnds { at_ticks, at_data };

/// A range of numbers along a side of a chart.
struct Axis {
  Scale scale = Scale::linear;
  double least = 0;
  double most = 1;
  std::vector<double> ticks;
  std::vector<std::string> labels;  ///< one for each tick

  /// 0 at `least`, 1 at `most`.
  double place(double value) const;
};

/// An axis for finite values from `least` to `most`, with about `wanted` ticks. Both may be equal.
/// `log` needs positive values.
Axis make_axis(double least, double most, Scale scale, AxisEnds ends, int wanted);

/// `log` when the values are positive and span more than a decade and a half.
Scale fitting_scale(double least, double most);

/// A number in four digits for people: `0.002`, `1.612`, `1.5e-07`, `151200`.
std::string number_text(double value);

}  // namespace seq

// Choosing ticks at round numbers.
#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace seq {
namespace {

/// A round number (1, 2, 2.5 or 5 times a power of ten) near `step`.
double round_step(double step) {
  const double power = std::pow(10.0, std::floor(std::log10(step)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0})
    if (step <= factor * power * 1.15) return factor * power;
  return 10 * power;
}

/// Digits behind the point that tell ticks apart.
int decimals_of(double step) {
  int decimals = 0;
  for (double scaled = step; decimals < 12 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled; scaled *= 10)
    ++decimals;
  return decimals;
}

std::string scientific(double value) {
  const double exponent = std::floor(std::log10(std::abs(value)) + 1e-9);
  return fmt::format("{:.3g}e{:.0f}", value / std::pow(10.0, exponent), exponent);
}

/// Labels of equal precision; thousands as k, millions as M, the very small as 2e-5.
std::vector<std::string> linear_labels(const std::vector<double>& ticks, double step) {
  double largest = 0;
  for (const double tick : ticks) largest = std::max(largest, std::abs(tick));
  double unit = 1;
  const char* suffix = "";
  if (largest >= 1e6) {
    unit = 1e6;
    suffix = "M";
  } else if (largest >= 1e4) {
    unit = 1e3;
    suffix = "k";
  }
  const bool tiny = largest < 1e-3 || largest >= 1e10;
  const int decimals = decimals_of(step / unit);
  std::vector<std::string> labels;
  for (const double tick : ticks) {
    if (std::abs(tick) < step * 1e-6) {
      labels.push_back("0");
    } else {
      labels.push_back(tiny ? scientific(tick) : fmt::format("{:.{}f}{}", tick / unit, decimals, suffix));
    }
  }
  return labels;
}

std::string log_label(double tick) {
  if (tick >= 1e10 || tick < 1e-3) return scientific(tick);
  if (tick >= 1e6) return fmt::format("{:g}M", tick / 1e6);
  if (tick >= 1e4) return fmt::format("{:g}k", tick / 1e3);
  return fmt::format("{:g}", tick);
}

Axis linear_axis(double least, double most, AxisEnds ends, int wanted) {
  Axis axis;
  const double step = round_step((most - least) / wanted);
  double first = std::floor(least / step + 1e-9);
  double last = std::ceil(most / step - 1e-9);
  axis.least = first * step;
  axis.most = last * step;
  if (ends == AxisEnds::at_data) {
    axis.least = least;
    axis.most = most;
    first = std::ceil(least / step - 1e-9);
    last = std::floor(most / step + 1e-9);
  }
  for (double i = first; i <= last; i += 1) axis.ticks.push_back(i * step);
  axis.labels = linear_labels(axis.ticks, step);
  return axis;
}

Axis log_axis(double least, double most, int wanted) {
  Axis axis;
  axis.scale = Scale::log;
  const double decades = std::log10(most / least);
  const std::vector<double> factors = decades < wanted / 3.0 ? std::vector<double>{1, 2, 5} : std::vector<double>{1};
  const int stride = std::max(1, static_cast<int>(decades / wanted));
  std::vector<double> candidates;
  const int first = static_cast<int>(std::floor(std::log10(least))) - stride;
  for (int power = first; power <= std::log10(most) + stride + 1; power += stride)
    for (const double factor : factors) candidates.push_back(factor * std::pow(10.0, power));
  const auto above = std::upper_bound(candidates.begin(), candidates.end(), least * (1 + 1e-9));
  const auto begin = above == candidates.begin() ? above : above - 1;
  const auto reach = std::lower_bound(begin, candidates.end(), most * (1 - 1e-9));
  axis.ticks.assign(begin, reach == candidates.end() ? reach : reach + 1);
  axis.least = std::min(axis.ticks.front(), least);
  axis.most = std::max(axis.ticks.back(), most);
  for (const double tick : axis.ticks) axis.labels.push_back(log_label(tick));
  return axis;
}

}  // namespace

double Axis::place(double value) const {
  if (scale == Scale::log) return std::log(value / least) / std::log(most / least);
  return (value - least) / (most - least);
}

Axis make_axis(double least, double most, Scale scale, AxisEnds ends, int wanted) {
  if (scale == Scale::log && most > least) return log_axis(least, most, wanted);
  if (most - least <= 1e-9 * std::max(std::abs(least), std::abs(most))) {  // one value: give it room
    const double room = least == 0 ? 1 : std::abs(least) / 2;
    least -= room;
    most += room;
  }
  return linear_axis(least, most, ends, wanted);
}

Scale fitting_scale(double least, double most) {
  return least > 0 && most > 30 * least ? Scale::log : Scale::linear;
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "–";
  if (std::abs(value) >= 1000 && std::abs(value) < 1e9) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

}  // namespace seq

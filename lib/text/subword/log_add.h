// Sums of probabilities that are given as logarithms.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace seq {

/// log 0
inline constexpr double kLogZero = -std::numeric_limits<double>::infinity();

/// log(e^a + e^b); either may be minus infinity.
inline double log_add(double a, double b) {
  const double high = std::max(a, b);
  const double low = std::min(a, b);
  return std::isinf(low) ? high : high + std::log1p(std::exp(low - high));
}

}  // namespace seq

// Sums of probabilities that are given as logarithms.
#pragma once

#include <algorithm>
#include <cmath>

namespace seq {

/// log(e^a + e^b); either may be minus infinity.
inline double log_add(double a, double b) {
  const double high = std::max(a, b);
  const double low = std::min(a, b);
  return std::isinf(low) ? high : high + std::log1p(std::exp(low - high));
}

}  // namespace seq

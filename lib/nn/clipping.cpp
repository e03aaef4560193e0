// Limits on the length and on the components of a gradient. N = parameters
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/norm.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "nn/optimizer.h"

namespace seq::nn {
namespace {

/// The sum of squares is taken in pieces of this many elements, so that it does not depend on the number of threads.
constexpr int64_t kPiece = 1 << 16;

bool is_plain_float(const Tensor& tensor) {
  return tensor.is_cpu() && tensor.is_contiguous() && tensor.scalar_type() == at::kFloat;
}

double squares(const float* g, int64_t count) {
  constexpr int64_t kLanes = 8;  // independent sums, so that the loop becomes vector instructions
  std::array<double, kLanes> sums{};
  const int64_t whole = count - count % kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      const double value = g[i + lane];
      sums[static_cast<size_t>(lane)] += value * value;
    }
  }
  double sum = 0;
  for (const double part : sums) sum += part;
  for (int64_t i = whole; i < count; ++i) sum += static_cast<double>(g[i]) * g[i];
  return sum;
}

double norm_of(const Tensor& gradients) {
  if (!is_plain_float(gradients)) return at::norm(gradients).item<double>();
  const float* g = gradients.const_data_ptr<float>();
  const int64_t count = gradients.numel();
  if (count <= kPiece) return std::sqrt(squares(g, count));
  std::vector<double> parts(static_cast<size_t>((count + kPiece - 1) / kPiece));
  at::parallel_for(0, static_cast<int64_t>(parts.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t part = begin; part < end; ++part) {
      const int64_t start = part * kPiece;
      parts[static_cast<size_t>(part)] = squares(g + start, std::min(kPiece, count - start));
    }
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return std::sqrt(sum);
}

/// Applies a function to every element in place.
template <class Function>
void for_each_element(Tensor& gradients, const Function& function) {
  float* g = gradients.mutable_data_ptr<float>();
  at::parallel_for(0, gradients.numel(), kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) g[i] = function(g[i]);
  });
}

}  // namespace

double clip_norm(Tensor& gradients, double norm) {
  const double length = norm_of(gradients);
  if (!(length > norm)) return length;  // also when it is not a number: the caller sees it
  const double scale = norm / length;
  if (is_plain_float(gradients)) {
    for_each_element(gradients, [factor = static_cast<float>(scale)](float g) { return g * factor; });
  } else {
    gradients.mul_(scale);
  }
  return length;
}

void clip_value(Tensor& gradients, double limit) {
  if (is_plain_float(gradients)) {
    for_each_element(gradients, [high = static_cast<float>(limit)](float g) {
      const float low = g < -high ? -high : g;  // comparisons that let NaN through
      return low > high ? high : low;
    });
  } else {
    gradients.clamp_(-limit, limit);
  }
}

}  // namespace seq::nn

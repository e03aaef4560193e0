// Principal components by subspace iteration: a block of directions is multiplied by the covariance again and again.
// N = rows, D = numbers in each.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "vectors/projection.h"

namespace seq::vectors {
namespace {

using Direction = std::vector<double>;

double product(const Direction& a, const Direction& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// Modified Gram-Schmidt, twice for the sake of rounding. A direction that vanishes becomes zero.
void make_orthonormal(std::vector<Direction>& block) {
  for (size_t i = 0; i < block.size(); ++i) {
    const double before = std::sqrt(product(block[i], block[i]));
    for (int pass = 0; pass < 2; ++pass)
      for (size_t j = 0; j < i; ++j) {
        const double along = product(block[i], block[j]);
        for (size_t k = 0; k < block[i].size(); ++k) block[i][k] -= along * block[j][k];
      }
    const double length = std::sqrt(product(block[i], block[i]));
    const double scale = length > 1e-12 * before ? 1 / length : 0;
    for (double& value : block[i]) value *= scale;
  }
}

/// Rows minus their mean.
class Centred {
 public:
  Centred(std::span<const float> rows, int64_t dimension)
      : rows_(rows), dimension_(static_cast<size_t>(dimension)), mean_(dimension_) {
    for (size_t i = 0; i < rows.size(); ++i) mean_[i % dimension_] += rows[i];
    for (double& value : mean_) value /= static_cast<double>(size());
  }
  size_t size() const { return rows_.size() / dimension_; }
  size_t dimension() const { return dimension_; }

  double along(size_t row, const Direction& direction) const {
    double sum = 0;
    for (size_t k = 0; k < dimension_; ++k) sum += (rows_[row * dimension_ + k] - mean_[k]) * direction[k];
    return sum;
  }
  /// Covariance times N times the direction.
  Direction spread(const Direction& direction) const {
    Direction result(dimension_);
    for (size_t row = 0; row < size(); ++row) {
      const double weight = along(row, direction);
      for (size_t k = 0; k < dimension_; ++k) result[k] += weight * (rows_[row * dimension_ + k] - mean_[k]);
    }
    return result;
  }

 private:
  std::span<const float> rows_;
  size_t dimension_;
  std::vector<double> mean_;
};

/// Two directions that span the plane of greatest variance.
std::vector<Direction> main_plane(const Centred& data) {
  constexpr size_t kBlock = 10;  // more than two: they converge by the gap to the eleventh direction
  constexpr int kMostRounds = 1000;
  Random random(1);
  std::vector<Direction> block(std::min(kBlock, data.dimension()), Direction(data.dimension()));
  for (Direction& one : block)
    for (double& value : one) value = random.normal();
  make_orthonormal(block);
  double before = -1;
  for (int round = 0; round < kMostRounds; ++round) {
    for (Direction& one : block) one = data.spread(one);
    // By length: Gram-Schmidt then keeps the strongest directions in front.
    std::stable_sort(block.begin(), block.end(),
                     [](const Direction& a, const Direction& b) { return product(a, a) > product(b, b); });
    const double strength = product(block[0], block[0]) + (block.size() > 1 ? product(block[1], block[1]) : 0);
    make_orthonormal(block);
    if (std::abs(strength - before) <= 1e-14 * strength) break;
    before = strength;
  }
  block.resize(2, Direction(data.dimension()));
  return block;
}

/// Turns two directions within their plane to where the covariance of the coordinates is zero.
void turn_to_axes(const Centred& data, std::vector<Direction>& plane) {
  double first = 0, second = 0, both = 0;
  for (size_t row = 0; row < data.size(); ++row) {
    const double x = data.along(row, plane[0]), y = data.along(row, plane[1]);
    first += x * x;
    second += y * y;
    both += x * y;
  }
  const double angle = std::atan2(2 * both, first - second) / 2;
  for (size_t k = 0; k < data.dimension(); ++k) {
    const double x = plane[0][k], y = plane[1][k];
    plane[0][k] = std::cos(angle) * x + std::sin(angle) * y;
    plane[1][k] = std::cos(angle) * y - std::sin(angle) * x;
  }
}

}  // namespace

std::vector<PlanePoint> principal_plane(std::span<const float> rows, int64_t dimension) {
  const Centred data(rows, dimension);
  std::vector<Direction> directions = main_plane(data);
  turn_to_axes(data, directions);
  std::vector<PlanePoint> points(data.size());
  for (size_t axis = 0; axis < 2; ++axis) {
    double greatest = 0;
    for (size_t row = 0; row < data.size(); ++row) {
      const double value = data.along(row, directions[axis]);
      points[row][axis] = value;
      if (std::abs(value) > std::abs(greatest)) greatest = value;
    }
    if (greatest < 0)
      for (PlanePoint& point : points) point[axis] = -point[axis];
  }
  return points;
}

}  // namespace seq::vectors

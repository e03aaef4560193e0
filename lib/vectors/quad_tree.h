// Points of the plane in cells within cells, so that far ones can be taken together (Barnes & Hut 1986).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vectors/projection.h"

namespace seq::vectors {

class QuadTree {
 public:
  explicit QuadTree(std::span<const PlanePoint> points);

  /// What pushes a point away from all others: the sum of q^2 (y - y_j) and of q, where q = 1 / (1 + |y - y_j|^2).
  struct Push {
    PlanePoint force{};
    double weight = 0;
  };
  /// For point number `at`; cells narrower than theta times their distance count as one point.
  Push push(size_t at, double theta) const;

 private:
  struct Cell {
    PlanePoint corner{};  ///< lower left
    double width = 0;
    PlanePoint centre{};  ///< of mass
    int64_t count = 0;
    int32_t children = -1;  ///< the first of four; -1 for a leaf
  };

  void insert(const PlanePoint& point);
  int32_t child_of(const Cell& cell, const PlanePoint& point) const;
  void split(int32_t number);

  std::span<const PlanePoint> points_;
  std::vector<Cell> cells_;
};

}  // namespace seq::vectors

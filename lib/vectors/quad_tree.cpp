// A tree in one array; points that coincide share a leaf.
#include "vectors/quad_tree.h"

#include <algorithm>

namespace seq::vectors {
namespace {

constexpr double kNarrowest = 1e-9;  // of the whole width: closer points count as one

}  // namespace

QuadTree::QuadTree(std::span<const PlanePoint> points) : points_(points) {
  PlanePoint least = points[0], most = points[0];
  for (const PlanePoint& point : points)
    for (size_t axis = 0; axis < 2; ++axis) {
      least[axis] = std::min(least[axis], point[axis]);
      most[axis] = std::max(most[axis], point[axis]);
    }
  Cell root;
  root.corner = least;
  root.width = std::max({most[0] - least[0], most[1] - least[1], 1e-300}) * (1 + 1e-9);
  cells_.reserve(4 * points.size());
  cells_.push_back(root);
  for (const PlanePoint& point : points) insert(point);
}

int32_t QuadTree::child_of(const Cell& cell, const PlanePoint& point) const {
  const bool right = point[0] >= cell.corner[0] + cell.width / 2;
  const bool upper = point[1] >= cell.corner[1] + cell.width / 2;
  return cell.children + (right ? 1 : 0) + (upper ? 2 : 0);
}

/// Hands what a leaf holds to one of four new leaves.
void QuadTree::split(int32_t number) {
  const auto first = static_cast<int32_t>(cells_.size());
  const Cell parent = cells_[static_cast<size_t>(number)];
  for (int i = 0; i < 4; ++i) {
    Cell child;
    child.width = parent.width / 2;
    child.corner = {parent.corner[0] + (i % 2 == 1 ? child.width : 0), parent.corner[1] + (i >= 2 ? child.width : 0)};
    cells_.push_back(child);
  }
  Cell& cell = cells_[static_cast<size_t>(number)];
  cell.children = first;
  Cell& heir = cells_[static_cast<size_t>(child_of(cell, parent.centre))];
  heir.centre = parent.centre;
  heir.count = parent.count;
}

void QuadTree::insert(const PlanePoint& point) {
  int32_t number = 0;
  for (;;) {
    if (Cell& cell = cells_[static_cast<size_t>(number)]; cell.children < 0) {
      const bool same = cell.count > 0 && (cell.centre == point || cell.width < kNarrowest * cells_[0].width);
      if (cell.count > 0 && !same) split(number);
    }
    Cell& cell = cells_[static_cast<size_t>(number)];
    const auto count = static_cast<double>(cell.count);
    for (size_t axis = 0; axis < 2; ++axis) cell.centre[axis] = (cell.centre[axis] * count + point[axis]) / (count + 1);
    if (cell.count == 0) cell.centre = point;
    ++cell.count;
    if (cell.children < 0) return;
    number = child_of(cell, point);
  }
}

QuadTree::Push QuadTree::push(size_t at, double theta) const {
  Push push;
  const PlanePoint& point = points_[at];
  int32_t waiting[256];
  int depth = 0;
  waiting[depth++] = 0;
  while (depth > 0) {
    const Cell& cell = cells_[static_cast<size_t>(waiting[--depth])];
    if (cell.count == 0) continue;
    const double dx = point[0] - cell.centre[0], dy = point[1] - cell.centre[1];
    const double squared = dx * dx + dy * dy;
    if (cell.children >= 0 && cell.width * cell.width >= theta * theta * squared) {
      for (int32_t i = 0; i < 4; ++i) waiting[depth++] = cell.children + i;
      continue;
    }
    const double q = 1 / (1 + squared);
    const double weight = static_cast<double>(cell.count) * q;
    push.weight += weight;
    push.force[0] += weight * q * dx;
    push.force[1] += weight * q * dy;
  }
  push.weight -= 1;  // the point itself, whose q is 1 and whose force is none
  return push;
}

}  // namespace seq::vectors

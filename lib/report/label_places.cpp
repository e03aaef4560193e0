// Greedy placement: each label tries rings of places around its dot.
#include "report/label_places.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seq {
namespace {

constexpr double kRings[] = {4, 9, 16, 25, 37, 52, 70, 92};
constexpr int kAngles = 16;  // begun at the right, which reads best

/// A box whose nearest edge is `gap` away from the dot in that direction.
Box place(const Label& label, double gap, double angle) {
  const double reach = label.radius + gap;
  const double x = label.x + std::cos(angle) * (reach + label.width / 2);
  const double y = label.y + std::sin(angle) * (reach + label.height / 2);
  return {x - label.width / 2, y - label.height / 2, x + label.width / 2, y + label.height / 2};
}

double outside(const Box& box, const Box& frame) {
  const double area = (box.right - box.left) * (box.bottom - box.top);
  return area - box.overlap(frame);
}

}  // namespace

double Box::overlap(const Box& other) const {
  const double width = std::min(right, other.right) - std::max(left, other.left);
  const double height = std::min(bottom, other.bottom) - std::max(top, other.top);
  return width > 0 && height > 0 ? width * height : 0;
}

std::vector<Box> place_labels(const std::vector<Label>& labels, const Box& frame) {
  std::vector<Box> dots, placed;
  for (const Label& label : labels)
    dots.push_back({label.x - label.radius, label.y - label.radius, label.x + label.radius, label.y + label.radius});
  const auto covered = [&](const Box& box) {
    double area = 20 * outside(box, frame);
    for (const Box& dot : dots) area += 3 * box.overlap(dot);
    for (const Box& other : placed) area += box.overlap(other);
    return area;
  };
  for (const Label& label : labels) {
    Box best;
    double least = -1;
    for (const double gap : kRings) {
      for (int i = 0; i < kAngles && least != 0; ++i) {
        const int turn = (i + 1) / 2 * (i % 2 == 0 ? 1 : -1);  // right, then alternately upwards and downwards
        const Box box = place(label, gap, turn * 2 * std::numbers::pi / kAngles);
        const double area = covered(box);
        if (least >= 0 && area >= least) continue;
        best = box;
        least = area;
      }
      if (least == 0) break;
    }
    placed.push_back(best);
  }
  return placed;
}

}  // namespace seq

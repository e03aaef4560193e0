// Where the labels of a scatter go.
#pragma once

#include <cstddef>
#include <vector>

namespace seq {

/// A rectangle in pixels, y downwards.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;

  double overlap(const Box& other) const;
};

/// A label of that size beside a dot.
struct Label {
  double x = 0, y = 0, radius = 0;  ///< of the dot
  double width = 0, height = 0;
};

/// A box for each label inside `frame`: the place nearest to its dot that is free, else the one that covers least.
/// Earlier labels choose first.
std::vector<Box> place_labels(const std::vector<Label>& labels, const Box& frame);

}  // namespace seq

// Many numbers a word to two: principal components, and Barnes-Hut t-SNE.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace seq::vectors {

using PlanePoint = std::array<double, 2>;

/// Rows [N, D] along their two directions of greatest variance; the sign of a direction makes the coordinate of
/// greatest magnitude positive.
std::vector<PlanePoint> principal_plane(std::span<const float> rows, int64_t dimension);

struct TsneOptions {
  double perplexity = 30;  ///< about how many neighbours a point has; lowered to (N - 1) / 3 where there are fewer
  int64_t iterations = 1000;
  double theta = 0.5;  ///< a cell as wide as theta times its distance counts as one point; 0: exact
  uint64_t seed = 1;
  int threads = 0;
};

/// t-SNE (van der Maaten 2014, "Accelerating t-SNE using tree-based algorithms") of rows [N, D], begun at their
/// principal plane. The result depends on the seed, and not on the number of threads.
std::vector<PlanePoint> tsne(std::span<const float> rows, int64_t dimension, const TsneOptions& options);

}  // namespace seq::vectors

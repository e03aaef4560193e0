// Barnes-Hut t-SNE (van der Maaten 2014), with the settings of scikit-learn: early exaggeration 12 over 250 iterations,
// learning rate max(N / 48, 50), momentum 0.5 and then 0.8, gains. N = points.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "base/random.h"
#include "vectors/kernels.h"
#include "vectors/projection.h"
#include "vectors/quad_tree.h"

namespace seq::vectors {
namespace {

constexpr double kExaggeration = 12;
constexpr int64_t kExaggerated = 250;

/// How much a point wants another near.
struct Affinity {
  size_t other = 0;
  double weight = 0;
};
using Affinities = std::vector<std::vector<Affinity>>;  // by point

/// The nearest points of one, with squared distances as weights.
std::vector<Affinity> nearest_points(std::span<const float> rows, int64_t dimension, size_t at, size_t count) {
  const auto size = static_cast<size_t>(dimension);
  const size_t points = rows.size() / size;
  std::vector<float> distances(points);
  distance_rows(rows.data(), static_cast<int64_t>(points), rows.subspan(at * size, size), distances.data());
  std::vector<Affinity> found;
  for (size_t i = 0; i < points; ++i)
    if (i != at) found.push_back({i, distances[i]});
  const auto nearer = [](const Affinity& a, const Affinity& b) {
    return a.weight != b.weight ? a.weight < b.weight : a.other < b.other;
  };
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(), nearer);
  found.resize(count);
  return found;
}

/// Turns squared distances into probabilities exp(-beta d) / sum whose perplexity, 2 to their entropy, is as wanted.
void make_probabilities(std::vector<Affinity>& near, double perplexity) {
  const double wanted = std::log(perplexity);
  const double nearest = near.front().weight;
  const std::vector<Affinity> distances = near;
  double least = 0, most = std::numeric_limits<double>::infinity(), beta = 1;
  for (int round = 0; round < 100; ++round) {
    double sum = 0, mean = 0;
    for (size_t i = 0; i < near.size(); ++i) {
      const double distance = distances[i].weight - nearest;
      near[i].weight = std::exp(-beta * distance);
      sum += near[i].weight;
      mean += near[i].weight * distance;
    }
    for (Affinity& one : near) one.weight /= sum;
    const double entropy = std::log(sum) + beta * mean / sum;
    if (std::abs(entropy - wanted) < 1e-5) return;
    (entropy > wanted ? least : most) = beta;
    beta = std::isfinite(most) ? (least + most) / 2 : 2 * beta;
  }
}

/// p_ij = (p_j|i + p_i|j) / 2N, each list in the order of points.
Affinities symmetric(const Affinities& one_sided) {
  const double scale = 1 / (2 * static_cast<double>(one_sided.size()));
  Affinities both(one_sided.size());
  for (size_t i = 0; i < one_sided.size(); ++i)
    for (const Affinity& one : one_sided[i]) {
      both[i].push_back({one.other, one.weight * scale});
      both[one.other].push_back({i, one.weight * scale});
    }
  for (auto& list : both) {
    std::sort(list.begin(), list.end(), [](const Affinity& a, const Affinity& b) { return a.other < b.other; });
    size_t kept = 0;
    for (size_t i = 1; i < list.size(); ++i) {
      if (list[i].other == list[kept].other) {
        list[kept].weight += list[i].weight;
      } else {
        list[++kept] = list[i];
      }
    }
    list.resize(list.empty() ? 0 : kept + 1);
  }
  return both;
}

/// The principal plane, small, with a little noise that parts equal points.
std::vector<PlanePoint> start(std::span<const float> rows, int64_t dimension, uint64_t seed) {
  std::vector<PlanePoint> points = principal_plane(rows, dimension);
  double squares = 0;
  for (const PlanePoint& point : points) squares += point[0] * point[0];
  const double deviation = std::sqrt(squares / static_cast<double>(points.size()));
  Random random(seed);
  for (PlanePoint& point : points)
    for (double& value : point) value = 1e-4 * (deviation > 0 ? value / deviation : 0) + 1e-6 * random.normal();
  return points;
}

class Tsne {
 public:
  Tsne(Affinities affinities, std::vector<PlanePoint> points, const TsneOptions& options)
      : options_(options),
        affinities_(std::move(affinities)),
        points_(std::move(points)),
        gradient_(points_.size()),
        speed_(points_.size()),
        gains_(points_.size(), {1, 1}) {}

  std::vector<PlanePoint> run() && {
    const double rate = std::max(static_cast<double>(points_.size()) / kExaggeration / 4, 50.0);
    for (int64_t i = 0; i < options_.iterations; ++i) {
      const bool early = i < kExaggerated;
      compute_gradient(early ? kExaggeration : 1);
      move(rate, early ? 0.5 : 0.8);
    }
    return std::move(points_);
  }

 private:
  /// 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2)
  void compute_gradient(double exaggeration) {
    const QuadTree tree(points_);
    std::vector<QuadTree::Push> pushes(points_.size());
    parallel_ranges(static_cast<int64_t>(points_.size()), options_.threads, 256, [&](int64_t begin, int64_t end) {
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        pushes[i] = tree.push(i, options_.theta);
        gradient_[i] = pull(i);
      }
    });
    double total = 0;  // in the order of points, whatever the number of threads
    for (const QuadTree::Push& push : pushes) total += push.weight;
    for (size_t i = 0; i < points_.size(); ++i)
      for (size_t axis = 0; axis < 2; ++axis)
        gradient_[i][axis] = 4 * (exaggeration * gradient_[i][axis] - pushes[i].force[axis] / total);
  }

  PlanePoint pull(size_t at) const {
    PlanePoint sum{};
    for (const Affinity& near : affinities_[at]) {
      const double dx = points_[at][0] - points_[near.other][0], dy = points_[at][1] - points_[near.other][1];
      const double weight = near.weight / (1 + dx * dx + dy * dy);
      sum[0] += weight * dx;
      sum[1] += weight * dy;
    }
    return sum;
  }

  void move(double rate, double momentum) {
    PlanePoint mean{};
    for (size_t i = 0; i < points_.size(); ++i)
      for (size_t axis = 0; axis < 2; ++axis) {
        const double slope = gradient_[i][axis];
        double& gain = gains_[i][axis];
        gain = slope * speed_[i][axis] < 0 ? gain + 0.2 : std::max(gain * 0.8, 0.01);
        speed_[i][axis] = momentum * speed_[i][axis] - rate * gain * slope;
        points_[i][axis] += speed_[i][axis];
        mean[axis] += points_[i][axis] / static_cast<double>(points_.size());
      }
    for (PlanePoint& point : points_)
      for (size_t axis = 0; axis < 2; ++axis) point[axis] -= mean[axis];
  }

  const TsneOptions& options_;
  Affinities affinities_;
  std::vector<PlanePoint> points_;
  std::vector<PlanePoint> gradient_, speed_, gains_;
};

}  // namespace

std::vector<PlanePoint> tsne(std::span<const float> rows, int64_t dimension, const TsneOptions& options) {
  const size_t count = rows.size() / static_cast<size_t>(dimension);
  if (count < 4) return principal_plane(rows, dimension);
  const double perplexity = std::clamp(options.perplexity, 1.0, static_cast<double>(count - 1) / 3);
  const size_t near = std::min(count - 1, static_cast<size_t>(3 * perplexity) + 1);
  Affinities affinities(count);
  parallel_ranges(static_cast<int64_t>(count), options.threads, 64, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
      affinities[i] = nearest_points(rows, dimension, i, near);
      make_probabilities(affinities[i], perplexity);
    }
  });
  return Tsne(symmetric(affinities), start(rows, dimension, options.seed), options).run();
}

}  // namespace seq::vectors

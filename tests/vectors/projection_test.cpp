// Principal components by their definition; t-SNE by its gradient, its clusters and its repeatability.
#include "vectors/projection.h"

#include <cmath>

#include "base/error.h"
#include "made.h"
#include "test.h"
#include "vectors/neighbourhood.h"
#include "vectors/quad_tree.h"

using namespace seq;
using namespace seq::vectors;
using seq::test::made;

namespace {

/// Three clouds of points far from each other.
std::vector<float> clouds(int each, int64_t dimension) {
  Random random(5);
  std::vector<float> rows;
  for (int cloud = 0; cloud < 3; ++cloud)
    for (int i = 0; i < each; ++i)
      for (int64_t k = 0; k < dimension; ++k)
        rows.push_back(static_cast<float>(random.normal() + (k == cloud ? 30 : 0)));
  return rows;
}

double squared(const PlanePoint& a, const PlanePoint& b) {
  return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
}

std::vector<PlanePoint> random_plane(size_t count) {
  Random random(7);
  std::vector<PlanePoint> points(count);
  for (PlanePoint& point : points) point = {random.normal(), random.normal()};
  return points;
}

}  // namespace

TEST_CASE("the principal plane keeps the directions of greatest variance", "[vectors]") {
  Random random(2);
  std::vector<float> rows;
  std::vector<PlanePoint> hidden;
  for (int i = 0; i < 200; ++i) {  // a plane in five dimensions, shifted, with deviations 5 and 2
    const double a = 5 * random.normal(), b = 2 * random.normal();
    hidden.push_back({a, b});
    for (const double value : {0.6 * a + 9, 0.8 * a, b, -4.0, 0.0}) rows.push_back(static_cast<float>(value));
  }
  const auto points = principal_plane(rows, 5);
  for (size_t i = 1; i < points.size(); ++i)
    REQUIRE(squared(points[i], points[0]) == Approx(squared(hidden[i], hidden[0])).epsilon(1e-3));
  double first = 0, second = 0, both = 0;
  for (const PlanePoint& point : points) {
    first += point[0] * point[0];
    second += point[1] * point[1];
    both += point[0] * point[1];
  }
  REQUIRE(first > 4 * second);
  REQUIRE(std::abs(both) < 1e-6 * first);
}

TEST_CASE("rows along a line, and a single row, have a plane too", "[vectors]") {
  const auto line = principal_plane(std::vector<float>{1, 2, 3}, 1);
  REQUIRE(std::abs(line[2][0] - line[0][0]) == Approx(2));
  REQUIRE(line[1][1] == 0);
  REQUIRE(principal_plane(std::vector<float>{4, 5}, 2).front() == PlanePoint{0, 0});
}

TEST_CASE("the tree's push is exact at theta 0 and close at theta 0.5", "[vectors]") {
  auto points = random_plane(300);
  points.push_back(points[4]);  // two points in one place
  const QuadTree tree(points);
  double error = 0, size = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    QuadTree::Push plain;
    for (size_t j = 0; j < points.size(); ++j) {
      if (j == i) continue;
      const double q = 1 / (1 + squared(points[i], points[j]));
      plain.weight += q;
      for (size_t axis = 0; axis < 2; ++axis) plain.force[axis] += q * q * (points[i][axis] - points[j][axis]);
    }
    const QuadTree::Push exact = tree.push(i, 0), fast = tree.push(i, 0.5);
    REQUIRE(exact.weight == Approx(plain.weight));
    REQUIRE(exact.force[0] == Approx(plain.force[0]).margin(1e-9));
    REQUIRE(exact.force[1] == Approx(plain.force[1]).margin(1e-9));
    error += squared(fast.force, plain.force);
    size += squared(plain.force, {0, 0});
  }
  REQUIRE(std::sqrt(error / size) < 0.02);
  REQUIRE(error > 0);
}

TEST_CASE("t-SNE keeps clouds together and apart from each other", "[vectors]") {
  const auto points = tsne(clouds(20, 10), 10, {});
  double widest = 0, closest = 1e300;
  for (size_t i = 0; i < 60; ++i)
    for (size_t j = 0; j < i; ++j) {
      const double distance = std::sqrt(squared(points[i], points[j]));
      if (i / 20 == j / 20) widest = std::max(widest, distance);
      if (i / 20 != j / 20) closest = std::min(closest, distance);
    }
  REQUIRE(closest > widest);
}

TEST_CASE("t-SNE with the tree is near the exact layout's neighbourhoods", "[vectors]") {
  const auto rows = clouds(30, 6);
  TsneOptions options;
  options.theta = 0;
  const auto exact = tsne(rows, 6, options);
  options.theta = 0.5;
  const auto fast = tsne(rows, 6, options);
  const auto nearest_of = [](const std::vector<PlanePoint>& points, size_t i) {
    size_t best = i == 0 ? 1 : 0;
    for (size_t j = 0; j < points.size(); ++j)
      if (j != i && squared(points[i], points[j]) < squared(points[i], points[best])) best = j;
    return best / 30;
  };
  for (size_t i = 0; i < 90; ++i) REQUIRE(nearest_of(exact, i) == nearest_of(fast, i));
}

TEST_CASE("t-SNE depends on the seed and not on threads", "[vectors]") {
  const auto rows = clouds(200, 4);
  TsneOptions options;
  options.iterations = 30;
  options.threads = 1;
  const auto one = tsne(rows, 4, options);
  options.threads = 3;
  REQUIRE(tsne(rows, 4, options) == one);
  options.seed = 2;
  REQUIRE(tsne(rows, 4, options) != one);
}

TEST_CASE("t-SNE of equal and of very few points stays finite", "[vectors]") {
  for (const size_t count : {1, 3, 4, 9}) {
    const auto points = tsne(std::vector<float>(count * 3, 1.0F), 3, {});
    REQUIRE(points.size() == count);
    for (const PlanePoint& point : points) REQUIRE(std::isfinite(point[0] + point[1]));
  }
}

TEST_CASE("a word near two seeds stands once, with the nearer", "[vectors]") {
  const WordVectors vectors = made({{"a", {1, 0}}, {"b", {0, 1}}, {"near_a", {1, 0.2F}}, {"near_b", {0.4F, 1}}});
  const auto words = neighbourhood(vectors, {"a", "b"}, 3, 1);
  REQUIRE(words.size() == 4);
  REQUIRE(words[0].is_seed);
  REQUIRE(words[1].is_seed);
  for (size_t i = 2; i < 4; ++i) REQUIRE(words[i].cluster == (vectors.words()[words[i].row] == "near_a" ? 0U : 1U));
  REQUIRE_THROWS_WITH(neighbourhood(vectors, {"a", "a"}, 3, 1), Catch::Contains("named twice"));
  REQUIRE_THROWS_WITH(neighbourhood(vectors, {"near_c"}, 3, 1), Catch::Contains("did you mean near_a or near_b?"));
}

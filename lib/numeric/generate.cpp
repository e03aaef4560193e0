// Made-up sets of points.
#include "numeric/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/random.h"

namespace seq::numeric {
namespace {

using Point = std::array<double, 2>;

/// A table of points with classes, shuffled.
class Points {
 public:
  explicit Points(Random& random) : random_(random) {}

  void add(Point center, double noise, int64_t label) {
    for (double& coordinate : center) coordinate += noise * random_.normal();
    points_.emplace_back(center, label);
  }

  Table shuffled() {
    random_.shuffle(std::span(points_));
    Table table;
    table.inputs = {"x1", "x2"};
    table.target = "class";
    table.columns = 2;
    for (const auto& [point, label] : points_) {
      table.values.insert(table.values.end(), point.begin(), point.end());
      table.labels.push_back(std::to_string(label));
    }
    return table;
  }

 private:
  Random& random_;
  std::vector<std::pair<Point, int64_t>> points_;
};

bool gate_output(const std::string& gate, bool a, bool b) {
  if (gate == "and") return a && b;
  if (gate == "nand") return !(a && b);
  if (gate == "or") return a || b;
  if (gate == "nor") return !(a || b);
  return gate == "xor" ? a != b : a == b;
}

Table gates(const GenerateOptions& options) {
  Table table;
  table.inputs = {"x1", "x2"};
  table.target = "y";
  table.columns = 2;
  for (const bool a : {false, true})
    for (const bool b : {false, true}) {
      table.values.insert(table.values.end(), {a ? 1.0 : 0.0, b ? 1.0 : 0.0});
      table.labels.emplace_back(gate_output(options.gate, a, b) ? "1" : "0");
    }
  return table;
}

Table gaussians(const GenerateOptions& options, Random& random) {
  const std::vector<Point> centers =
      options.classes == 2 ? std::vector<Point>{{0, 0}, {5, 5}} : std::vector<Point>{{0, 10}, {5, 5}, {10, 0}};
  const int64_t count = options.points.value_or(options.classes == 2 ? 20 : 300);
  Points points(random);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = i % options.classes;
    points.add(centers[static_cast<size_t>(label)], options.noise.value_or(1), label);
  }
  return points.shuffled();
}

Table moons(const GenerateOptions& options, Random& random) {
  const int64_t count = options.points.value_or(300), outer = count / 2;
  Points points(random);
  for (int64_t i = 0; i < count; ++i) {
    const bool inner = i >= outer;
    const int64_t place = inner ? i - outer : i, of = inner ? count - outer : outer;
    const double angle =
        std::numbers::pi * static_cast<double>(place) / static_cast<double>(std::max<int64_t>(of - 1, 1));
    const Point center =
        inner ? Point{1 - std::cos(angle), 0.5 - std::sin(angle)} : Point{std::cos(angle), std::sin(angle)};
    points.add(center, options.noise.value_or(0.3), inner ? 1 : 0);
  }
  return points.shuffled();
}

Table cosine(const GenerateOptions& options, Random& random) {
  Table table;
  table.inputs = {"x"};
  table.target = "y";
  table.columns = 1;
  for (int64_t i = options.points.value_or(30); i > 0; --i) table.values.push_back(random.uniform());
  std::sort(table.values.begin(), table.values.end());
  for (const double x : table.values)
    table.numbers.push_back(noise_free_cosine(x) + options.noise.value_or(0.1) * random.normal());
  return table;
}

}  // namespace

double noise_free_cosine(double x) {
  return std::cos(1.5 * std::numbers::pi * x);
}

void GenerateOptions::check(const std::string& keys) const {
  const GenerateOptions plain;
  const auto refuse = [&](const char* key) {
    throw Error(keys + key + ": " + (set.empty() ? "there is no set" : set + " does not use it") + " (leave it out)");
  };
  if (set != "gates" && gate != plain.gate) refuse("gate");
  if (set != "gaussians" && classes != plain.classes) refuse("classes");
  if ((set.empty() || set == "gates") && points) refuse("points");
  if ((set.empty() || set == "gates") && noise) refuse("noise");
}

Table generate(const GenerateOptions& options) {
  options.check("");
  Random random(Random::derive(static_cast<uint64_t>(options.seed), 1));
  Table table = options.set == "gates"       ? gates(options)
                : options.set == "gaussians" ? gaussians(options, random)
                : options.set == "moons"     ? moons(options, random)
                : options.set == "cosine"    ? cosine(options, random)
                                             : throw Error("no made-up set \"" + options.set + "\"");
  table.source = options.set;
  return table;
}

}  // namespace seq::numeric

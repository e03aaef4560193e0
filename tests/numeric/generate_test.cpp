// Made-up sets: what they are, and that a seed makes the same ones.
#include "numeric/generate.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "test.h"

using namespace seq;
using namespace seq::numeric;
using Catch::Contains;

namespace {

GenerateOptions set_of(const std::string& name) {
  GenerateOptions options;
  options.set = name;
  return options;
}

/// Mean of a coordinate over the points of a class.
double mean(const Table& table, const std::string& label, size_t coordinate) {
  double sum = 0, count = 0;
  for (int64_t row = 0; row < table.rows(); ++row) {
    if (table.labels[static_cast<size_t>(row)] != label) continue;
    sum += table.row(row)[coordinate];
    ++count;
  }
  return sum / count;
}

}  // namespace

TEST_CASE("gates have four rows in the order of their bits") {
  const std::vector<std::pair<const char*, std::vector<std::string>>> gates = {
      {"and", {"0", "0", "0", "1"}}, {"or", {"0", "1", "1", "1"}},  {"nand", {"1", "1", "1", "0"}},
      {"nor", {"1", "0", "0", "0"}}, {"xor", {"0", "1", "1", "0"}}, {"xnor", {"1", "0", "0", "1"}}};
  for (const auto& [gate, outputs] : gates) {
    GenerateOptions options = set_of("gates");
    options.gate = gate;
    const Table table = generate(options);
    REQUIRE(table.values == std::vector<double>{0, 0, 0, 1, 1, 0, 1, 1});
    REQUIRE(table.labels == outputs);
  }
}

TEST_CASE("clouds stand where they should") {
  GenerateOptions options = set_of("gaussians");
  REQUIRE(generate(options).rows() == 20);
  options.points = 20000;
  for (const double place : {0.0, 5.0})
    for (const size_t coordinate : {0u, 1u})
      REQUIRE(mean(generate(options), place == 0 ? "0" : "1", coordinate) == Approx(place).margin(0.05));
  options.classes = 3;
  REQUIRE(mean(generate(options), "0", 1) == Approx(10).margin(0.05));
  REQUIRE(mean(generate(options), "2", 0) == Approx(10).margin(0.05));
  options.points.reset();
  const Table table = generate(options);
  REQUIRE(table.rows() == 300);
  REQUIRE(std::count(table.labels.begin(), table.labels.end(), "1") == 100);
}

TEST_CASE("moons without noise are two half circles") {
  GenerateOptions options = set_of("moons");
  options.noise = 0;
  const Table table = generate(options);
  REQUIRE(table.rows() == 300);
  for (int64_t row = 0; row < table.rows(); ++row) {
    const bool inner = table.labels[static_cast<size_t>(row)] == "1";
    const double x = table.row(row)[0] - (inner ? 1 : 0), y = table.row(row)[1] - (inner ? 0.5 : 0);
    REQUIRE(x * x + y * y == Approx(1));
    REQUIRE((inner ? y < 1e-9 : y > -1e-9));
  }
}

TEST_CASE("the cosine rises through [0, 1] with noise around the curve") {
  GenerateOptions options = set_of("cosine");
  REQUIRE(generate(options).rows() == 30);
  options.points = 5000;
  const Table table = generate(options);
  REQUIRE(std::is_sorted(table.values.begin(), table.values.end()));
  REQUIRE((table.values.front() >= 0 && table.values.back() < 1));
  double squares = 0;
  for (size_t i = 0; i < table.values.size(); ++i)
    squares += std::pow(table.numbers[i] - std::cos(1.5 * 3.14159265358979 * table.values[i]), 2);
  REQUIRE(std::sqrt(squares / 5000) == Approx(0.1).epsilon(0.05));
}

TEST_CASE("the same seed makes the same points, another one others") {
  for (const char* name : {"gaussians", "moons", "cosine"}) {
    GenerateOptions options = set_of(name), other = options;
    other.seed = 2;
    REQUIRE(generate(options).values == generate(options).values);
    REQUIRE(generate(options).values != generate(other).values);
  }
}

TEST_CASE("options that a set does not use are refused") {
  GenerateOptions options = set_of("gates");
  options.points = 5;
  REQUIRE_THROWS_WITH(options.check("--"), "--points: gates does not use it (leave it out)");
  options = set_of("moons");
  options.gate = "and";
  REQUIRE_THROWS_WITH(options.check("data."), "data.gate: moons does not use it (leave it out)");
  options = {};
  options.noise = 1;
  REQUIRE_THROWS_WITH(options.check("--"), Contains("there is no set"));
}

// Random numbers: the same everywhere, unbiased, and resumed from their state.
#include "base/random.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "test.h"

using namespace seq;

TEST_CASE("a seed gives the same numbers on every machine") {
  Random random(1);
  // std::mt19937_64 is fixed by the standard: its 10000th draw from the default seed is this one.
  std::mt19937_64 engine;
  engine.discard(9999);
  REQUIRE(engine() == 9981545732273789042ULL);
  std::mt19937_64 same(1);
  REQUIRE(random.uniform() == static_cast<double>(same() >> 11) * 0x1.0p-53);
}

TEST_CASE("the state goes on where it was saved") {
  Random random(7);
  random.normal();
  random.below(10);
  const std::string state = random.state();
  const double expected[] = {random.uniform(), random.normal(), static_cast<double>(random.below(1000))};
  Random other(1);
  other.set_state(state);
  REQUIRE(other.uniform() == expected[0]);
  REQUIRE(other.normal() == expected[1]);
  REQUIRE(static_cast<double>(other.below(1000)) == expected[2]);
}

TEST_CASE("what is no state is refused and changes nothing") {
  Random random(3);
  const std::string state = random.state();
  REQUIRE_THROWS_AS(random.set_state("1 2 three"), Error);
  REQUIRE_THROWS_AS(random.set_state(""), Error);
  REQUIRE_THROWS_AS(random.set_state(state.substr(0, state.size() / 2)), Error);
  REQUIRE(random.state() == state);
}

TEST_CASE("draws below n are uniform") {
  Random random(5);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts.at(random.below(6));
  for (const int count : counts) REQUIRE(std::abs(count - 10000) < 500);  // more than five standard deviations
  for (int i = 0; i < 100; ++i) REQUIRE(random.below(1) == 0);
}

TEST_CASE("normal draws have mean 0 and variance 1") {
  Random random(5);
  double sum = 0, squares = 0;
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    const double draw = random.normal();
    sum += draw;
    squares += draw * draw;
  }
  REQUIRE(std::abs(sum / kDraws) < 0.02);
  REQUIRE(std::abs(squares / kDraws - 1) < 0.03);
}

TEST_CASE("derived seeds differ by stream and index") {
  REQUIRE(Random::derive(1, 0, 0) == Random::derive(1, 0));
  REQUIRE(Random::derive(1, 0, 0) != Random::derive(1, 1, 0));
  REQUIRE(Random::derive(1, 0, 0) != Random::derive(1, 0, 1));
  REQUIRE(Random::derive(1, 0, 0) != Random::derive(2, 0, 0));
}

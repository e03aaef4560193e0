// Labelled examples shared out among parts and folds.
#include "base/stratified.h"

#include <algorithm>

#include "test.h"

using namespace seq;

TEST_CASE("each label is shared out by the fractions, the same way for the same seed", "[stratified]") {
  std::vector<int32_t> labels(100, 0);
  labels.resize(150, 1);
  labels.resize(153, 2);
  const auto parts = stratified_parts(labels, {0.8, 0.2}, 5);
  const auto count = [&](int32_t label, int part) {
    int found = 0;
    for (size_t i = 0; i < labels.size(); ++i) found += labels[i] == label && parts[i] == part;
    return found;
  };
  REQUIRE(count(0, 0) == 80);
  REQUIRE(count(0, 1) == 20);
  REQUIRE(count(1, 0) == 40);
  REQUIRE(count(1, 1) == 10);
  REQUIRE(count(2, 0) + count(2, 1) == 3);
  REQUIRE(parts == stratified_parts(labels, {0.8, 0.2}, 5));
  REQUIRE(parts != stratified_parts(labels, {0.8, 0.2}, 6));
  const auto half = stratified_parts(labels, {0.5}, 1);
  REQUIRE(std::count(half.begin(), half.end(), -1) > 0);
}

TEST_CASE("every example validates in one fold, and folds have all labels alike", "[stratified]") {
  std::vector<int32_t> labels(50, 0);
  labels.resize(80, 1);
  std::vector<int> validated(labels.size(), 0);
  for (int64_t fold = 1; fold <= 5; ++fold) {
    const auto parts = stratified_fold(labels, {5, fold}, 1, "data.examples");
    int zeros = 0, ones = 0;
    for (size_t i = 0; i < labels.size(); ++i) {
      (labels[i] == 0 ? zeros : ones) += parts[i];
      validated[i] += parts[i];
    }
    REQUIRE(zeros == 10);
    REQUIRE(ones == 6);
  }
  REQUIRE(std::count(validated.begin(), validated.end(), 1) == 80);
}

TEST_CASE("folds that cannot be are refused by their key", "[stratified]") {
  REQUIRE_THROWS_WITH(stratified_fold({0, 1}, {3, 1}, 1, "data.examples"),
                      "data.examples.folds: 3 folds of 2 examples (take fewer folds)");
  REQUIRE_THROWS_WITH(stratified_fold({0, 1}, {1, 1}, 1, "data.numeric"), Catch::StartsWith("data.numeric.folds: 1 "));
  REQUIRE_THROWS_WITH(stratified_fold({0, 1}, {2, 3}, 1, "data.numeric"), "data.numeric.fold: 3 of 2 folds");
}

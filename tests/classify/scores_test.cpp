// Metrics of classifiers against values worked out by hand.
#include "classify/scores.h"

#include "test.h"

using namespace seq;
using namespace seq::classify;

TEST_CASE("accuracy, precision, recall, F1 and confusion of three labels", "[classify]") {
  Scores scores(Labels({"a", "b", "c"}), false);
  const std::vector<std::pair<int32_t, int32_t>> pairs = {{0, 0}, {0, 1}, {1, 1}, {1, 1}, {2, 0}};  // truth, answer
  for (const auto& [truth, answer] : pairs) {
    std::vector<float> probabilities(3, 0.1F);
    probabilities[static_cast<size_t>(answer)] = 0.8F;
    scores.add(probabilities, std::vector<int32_t>{truth}, 0.5);
  }
  const Json metrics = scores.metrics();
  REQUIRE(metrics["count"] == 5);
  REQUIRE(metrics["loss"].get<double>() == Approx(0.5));
  REQUIRE(metrics["accuracy"].get<double>() == Approx(0.6));
  REQUIRE(metrics["labels"]["a"]["precision"].get<double>() == Approx(0.5));
  REQUIRE(metrics["labels"]["a"]["recall"].get<double>() == Approx(0.5));
  REQUIRE(metrics["labels"]["b"]["precision"].get<double>() == Approx(2.0 / 3));
  REQUIRE(metrics["labels"]["b"]["recall"].get<double>() == Approx(1));
  REQUIRE(metrics["labels"]["b"]["f1"].get<double>() == Approx(0.8));
  REQUIRE(metrics["labels"]["c"]["f1"].get<double>() == 0);
  REQUIRE(metrics["f1"].get<double>() == Approx((0.5 + 0.8 + 0) / 3));
  REQUIRE(metrics["confusion"] == Json::parse("[[1,1,0],[0,2,0],[1,0,0]]"));
  REQUIRE(metrics["calibration_error"].get<double>() == Approx(0.2));  // says 0.8, is right 0.6 of the time
  REQUIRE_FALSE(metrics.contains("auc"));
}

TEST_CASE("the area under the curve counts equal scores half", "[classify]") {
  Scores scores(Labels({"neg", "pos"}), false);
  for (const auto& [score, truth] : std::vector<std::pair<float, int32_t>>{{0.9F, 1}, {0.4F, 1}, {0.4F, 0}, {0.1F, 0}})
    scores.add(std::vector<float>{1 - score, score}, std::vector<int32_t>{truth}, 0);
  REQUIRE(scores.metrics()["auc"].get<double>() == Approx((2 + 1.5) / 4));
}

TEST_CASE("several labels are right only together, and F1 is pooled too", "[classify]") {
  Scores scores(Labels({"a", "b"}), true);
  scores.add(std::vector<float>{0.9F, 0.8F}, std::vector<int32_t>{0, 1}, 0);
  scores.add(std::vector<float>{0.9F, 0.2F}, std::vector<int32_t>{1}, 0);
  scores.add(std::vector<float>{0.2F, 0.2F}, std::vector<int32_t>{}, 0);
  const Json metrics = scores.metrics();
  REQUIRE(metrics["accuracy"].get<double>() == Approx(2.0 / 3));
  REQUIRE(metrics["f1_micro"].get<double>() == Approx(2.0 / 3));  // 2 of 3 answers right, 2 of 3 wanted found
}

TEST_CASE("labels that look alike are told of, unknown ones refused by place", "[classify]") {
  const Labels labels({"pos", "Pos", "neg", "neg"});
  REQUIRE(labels.size() == 3);
  REQUIRE(labels.look_alikes() == std::vector<std::string>{"\"Pos\" and \"pos\""});
  REQUIRE_THROWS_WITH(labels.at("good", "a.tsv:3"),
                      "a.tsv:3: the label \"good\" is none of Pos, neg, pos, which the model was trained with");
}

// Smoothing and early stopping.
#include "train/observers.h"

#include "test.h"

using namespace seq;
using namespace seq::train;

namespace {

StepReport step_with(double loss_sum, int64_t count) {
  StepReport report;
  report.loss_sum = loss_sum;
  report.count = count;
  return report;
}

EvaluationReport evaluation(bool improved) {
  EvaluationReport report;
  report.metrics = {{"loss", 1.0}};
  report.improved = improved;
  return report;
}

}  // namespace

TEST_CASE("the smoothed loss starts at that of an untrained model and follows a stream's window loss") {
  SmoothLoss smooth(0.9, 2, 3.0);
  REQUIRE_FALSE(smooth.value().has_value());
  smooth.stepped(step_with(40, 10));  // 2 streams of 5 tokens, 20 a stream
  REQUIRE(*smooth.value() == Approx(0.9 * 15 + 0.1 * 20));
  smooth.stepped(step_with(20, 10));
  REQUIRE(*smooth.value() == Approx(0.9 * 15.5 + 0.1 * 10));
}

TEST_CASE("without an untrained loss the smoothed loss starts at the first") {
  SmoothLoss smooth(0.9, 2, std::nullopt);
  smooth.stepped(step_with(40, 10));
  REQUIRE(*smooth.value() == Approx(20));
}

TEST_CASE("the smoothed loss goes on from a checkpoint") {
  SmoothLoss smooth(0.99, 1, 2.0), other(0.99, 1, 2.0), fresh(0.99, 1, 2.0);
  smooth.stepped(step_with(7, 3));
  other.load_state(Json::parse(smooth.state().dump()));
  REQUIRE(*other.value() == *smooth.value());
  other.load_state(fresh.state());
  REQUIRE_FALSE(other.value().has_value());
}

TEST_CASE("training stops on the evaluation after the patience, across a checkpoint too") {
  const int64_t patience = GENERATE(0, 1, 3);
  EarlyStopping stopping(patience);
  stopping.evaluated(evaluation(true));
  for (int64_t i = 0; i < patience; ++i) stopping.evaluated(evaluation(false));
  REQUIRE(stopping.reason_to_stop().empty());
  EarlyStopping resumed(patience);
  resumed.load_state(stopping.state());
  for (EarlyStopping* one : {&stopping, &resumed}) {
    REQUIRE(one->reason_to_stop().empty());
    one->evaluated(evaluation(false));
    REQUIRE_FALSE(one->reason_to_stop().empty());
  }
}

TEST_CASE("an improvement renews the patience, an evaluation without data changes nothing") {
  EarlyStopping stopping(1);
  stopping.evaluated(evaluation(false));
  stopping.evaluated(EvaluationReport());
  REQUIRE(stopping.reason_to_stop().empty());
  stopping.evaluated(evaluation(true));
  stopping.evaluated(evaluation(false));
  REQUIRE(stopping.reason_to_stop().empty());
  stopping.evaluated(evaluation(false));
  REQUIRE_FALSE(stopping.reason_to_stop().empty());
}

TEST_CASE("a pass that is good enough ends the run, half a pass does not, across a checkpoint too") {
  const auto step = [](double epoch, double loss_sum) {
    StepReport report = step_with(loss_sum, 2);
    report.epoch = epoch;
    return report;
  };
  GoodEnough one(0.5), other(0.5);
  one.stepped(step(0.5, 0));
  REQUIRE(one.reason_to_stop().empty());
  one.stepped(step(1, 4));
  REQUIRE(one.reason_to_stop().empty());  // 4 / 4
  one.stepped(step(1.5, 1));
  other.load_state(Json::parse(one.state().dump()));
  for (GoodEnough* observer : {&one, &other}) {
    observer->stepped(step(2, 1));
    REQUIRE(observer->reason_to_stop() == "a pass whose mean loss was 0.5");
  }
}

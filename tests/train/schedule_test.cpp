// Schedules at points computed by hand.
#include "train/schedule.h"

#include "base/error.h"
#include "test.h"

using namespace seq;
using namespace seq::train;
using Catch::Matchers::Contains;

namespace {

ScheduleOptions of_type(const std::string& type) {
  ScheduleOptions options;
  options.type = type;
  return options;
}

}  // namespace

TEST_CASE("constant stays") {
  const Schedule schedule(0.1, of_type("constant"), 10, {100, 0});
  for (const int64_t step : {0, 1, 99, 1000}) REQUIRE(schedule.rate(step, 0) == Approx(0.1));
}

TEST_CASE("step falls by its factor after each interval from its start") {
  ScheduleOptions options = of_type("step");
  options.every_steps = 10;
  options.start_step = 20;
  const Schedule schedule(1, options, 7, {100, 0});
  for (const int64_t step : {0, 19, 20, 29}) REQUIRE(schedule.rate(step, 0) == Approx(1));
  for (const int64_t step : {30, 39}) REQUIRE(schedule.rate(step, 0) == Approx(0.5));
  REQUIRE(schedule.rate(40, 0) == Approx(0.25));
}

TEST_CASE("intervals in epochs are steps of a pass") {
  ScheduleOptions options = of_type("step");
  options.every_epochs = 2;
  options.start_epoch = 1;
  const Schedule schedule(1, options, 7, {100, 0});
  REQUIRE(schedule.rate(20, 0) == Approx(1));
  REQUIRE(schedule.rate(21, 0) == Approx(0.5));
}

TEST_CASE("exponential falls at every step") {
  ScheduleOptions options = of_type("exponential");
  options.every_steps = 10;
  options.factor = 0.25;
  const Schedule schedule(2, options, 7, {100, 0});
  REQUIRE(schedule.rate(0, 0) == Approx(2));
  REQUIRE(schedule.rate(5, 0) == Approx(1));
  REQUIRE(schedule.rate(20, 0) == Approx(0.125));
}

TEST_CASE("linear and cosine fall to what is left at the horizon and stay there") {
  const std::string type = GENERATE("linear", "cosine");
  ScheduleOptions options = of_type(type);
  options.final_fraction = 0.2;
  const Schedule schedule(1, options, 7, {100, 0});
  REQUIRE(schedule.rate(0, 0) == Approx(1));
  REQUIRE(schedule.rate(50, 0) == Approx(0.6));
  REQUIRE(schedule.rate(25, 0) == Approx(type == "linear" ? 0.8 : 0.6 + 0.4 * std::sqrt(0.5)));
  REQUIRE(schedule.rate(100, 0) == Approx(0.2));
  REQUIRE(schedule.rate(500, 0) == Approx(0.2));
}

TEST_CASE("a run limited by time falls with the time") {
  const Schedule schedule(1, of_type("linear"), 7, {0, 60});
  REQUIRE(schedule.rate(123456, 15) == Approx(0.75));
  REQUIRE(schedule.rate(123456, 600) == 0);
  const Schedule by_steps(1, of_type("linear"), 7, {100, 60});
  REQUIRE(by_steps.rate(50, 15) == Approx(0.5));
}

TEST_CASE("a warm-up rises to the rate, then the shape begins") {
  ScheduleOptions options = of_type("linear");
  options.warmup_steps = 4;
  const Schedule schedule(1, options, 7, {24, 0});
  REQUIRE(schedule.rate(0, 0) == Approx(0.25));
  REQUIRE(schedule.rate(1, 0) == Approx(0.5));
  REQUIRE(schedule.rate(3, 0) == Approx(1));
  REQUIRE(schedule.rate(4, 0) == Approx(1));
  REQUIRE(schedule.rate(14, 0) == Approx(0.5));
}

TEST_CASE("plateau falls on the evaluation after its patience, and its count survives a checkpoint") {
  ScheduleOptions options = of_type("plateau");
  options.patience = 1;
  Schedule schedule(1, options, 7, {100, 0});
  schedule.evaluated(true);
  schedule.evaluated(false);
  REQUIRE(schedule.rate(5, 0) == Approx(1));
  Schedule resumed(1, options, 7, {100, 0});
  resumed.load_state(schedule.state());
  for (Schedule* one : {&schedule, &resumed}) {
    one->evaluated(false);
    REQUIRE(one->rate(5, 0) == Approx(0.5));
    one->evaluated(false);
    REQUIRE(one->rate(5, 0) == Approx(0.5));
    one->evaluated(true);
    one->evaluated(false);
    one->evaluated(false);
    REQUIRE(one->rate(5, 0) == Approx(0.25));
  }
}

TEST_CASE("the horizon of a run is kept when it is extended, unless one is given") {
  const Schedule first(1, of_type("linear"), 7, {100, 0});
  Schedule extended(1, of_type("linear"), 7, {200, 0});
  extended.load_state(first.state());
  REQUIRE(extended.rate(50, 0) == Approx(0.5));
  ScheduleOptions options = of_type("linear");
  options.horizon_steps = 200;
  Schedule told(1, options, 7, {200, 0});
  told.load_state(first.state());
  REQUIRE(told.rate(50, 0) == Approx(0.75));
}

TEST_CASE("a horizon of time is kept too when the limit grows, unless steps are given") {
  const Schedule first(1, of_type("linear"), 7, {0, 60});
  Schedule extended(1, of_type("linear"), 7, {0, 600});
  extended.load_state(first.state());
  REQUIRE(extended.rate(9, 30) == Approx(0.5));
  REQUIRE(extended.rate(9, 90) == 0);
  Schedule limited_by_steps(1, of_type("linear"), 7, {1000, 600});
  limited_by_steps.load_state(first.state());
  REQUIRE(limited_by_steps.rate(9, 30) == Approx(0.5));
  ScheduleOptions options = of_type("linear");
  options.horizon_steps = 200;
  Schedule told(1, options, 7, {0, 600});
  told.load_state(first.state());
  REQUIRE(told.rate(50, 30) == Approx(0.75));
}

TEST_CASE("step and exponential without an interval are refused") {
  TrainOptions train;
  train.max_steps = 100;
  train.schedule.type = "step";
  REQUIRE_THROWS_WITH(check_train_options(train, true), Contains("every_steps or every_epochs"));
  train.schedule.every_steps = 5;
  REQUIRE_NOTHROW(check_train_options(train, true));
}

TEST_CASE("patience and plateau need a validation part") {
  TrainOptions train;
  train.max_steps = 100;
  train.patience = 3;
  REQUIRE_NOTHROW(check_train_options(train, true));
  REQUIRE_THROWS_WITH(check_train_options(train, false), Contains("train.patience"));
  train.patience.reset();
  train.schedule.type = "plateau";
  REQUIRE_THROWS_WITH(check_train_options(train, false), Contains("plateau needs a validation part"));
}

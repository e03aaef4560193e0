// Shapes of the learning rate.
#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seq::train {

Schedule::Schedule(double rate, const ScheduleOptions& options, int64_t steps_per_epoch, const RunLength& run)
    : rate_(rate), options_(options), horizon_(run) {
  if (options.horizon_steps) horizon_.steps = *options.horizon_steps;
  const auto epoch = static_cast<double>(steps_per_epoch);
  every_ = options.every_steps > 0 ? static_cast<double>(options.every_steps) : options.every_epochs * epoch;
  start_ = options.start_step > 0 ? static_cast<double>(options.start_step) : options.start_epoch * epoch;
}

double Schedule::rate(int64_t step, double seconds) const {
  const double warm =
      step < options_.warmup_steps ? static_cast<double>(step + 1) / static_cast<double>(options_.warmup_steps) : 1.0;
  return rate_ * warm * shape(step, seconds);
}

double Schedule::shape(int64_t step, double seconds) const {
  const auto n = static_cast<double>(step);
  if (options_.type == "step") return std::pow(options_.factor, std::max(0.0, std::floor((n - start_) / every_)));
  if (options_.type == "exponential") return std::pow(options_.factor, std::max(0.0, (n - start_) / every_));
  if (options_.type == "plateau") return plateau_factor_;
  if (options_.type == "constant") return 1.0;
  const double done = std::clamp(progress(step, seconds), 0.0, 1.0);
  const double left = options_.type == "cosine" ? 0.5 * (1 + std::cos(std::numbers::pi * done)) : 1 - done;
  return options_.final_fraction + (1 - options_.final_fraction) * left;
}

/// The part of the way to the horizon that is done.
double Schedule::progress(int64_t step, double seconds) const {
  if (horizon_.steps == 0) return horizon_.seconds > 0 ? seconds / horizon_.seconds : 0;
  const auto warm = static_cast<double>(options_.warmup_steps);
  return (static_cast<double>(step) - warm) / std::max(1.0, static_cast<double>(horizon_.steps) - warm);
}

void Schedule::evaluated(bool improved) {
  evaluations_without_improvement_ = improved ? 0 : evaluations_without_improvement_ + 1;
  if (options_.type != "plateau" || evaluations_without_improvement_ <= options_.patience) return;
  plateau_factor_ *= options_.factor;
  evaluations_without_improvement_ = 0;
}

Json Schedule::state() const {
  return {{"horizon_steps", horizon_.steps},
          {"horizon_seconds", horizon_.seconds},
          {"evaluations_without_improvement", evaluations_without_improvement_},
          {"plateau_factor", plateau_factor_}};
}

void Schedule::load_state(const Json& state) {
  if (!options_.horizon_steps)
    horizon_ = {state.at("horizon_steps").get<int64_t>(), state.value("horizon_seconds", horizon_.seconds)};
  evaluations_without_improvement_ = state.at("evaluations_without_improvement").get<int64_t>();
  plateau_factor_ = state.at("plateau_factor").get<double>();
}

}  // namespace seq::train

// The learning rate over time.
#pragma once

#include <cstdint>

#include "base/json.h"
#include "config/train_options.h"

namespace seq::train {

/// Where a run ends by its limits.
struct RunLength {
  int64_t steps = 0;   ///< 0: limited by time alone
  double seconds = 0;  ///< 0: not limited by time
};

/// r = the rate of the config, n = updates so far:
///   constant     r
///   step         r factor^floor((n - start) / every)
///   exponential  r factor^((n - start) / every)
///   linear       falls from r to r * final_fraction at the horizon, a number of steps or else of seconds
///   cosine       the same along half a cosine                        Loshchilov & Hutter 2017
///   plateau      r factor^k after k plateaus of the validation loss
/// all after a linear rise from 0 over `warmup_steps`.
class Schedule {
 public:
  /// `steps_per_epoch` turns the options in epochs into steps; `run` is the horizon unless the options name one.
  Schedule(double rate, const ScheduleOptions& options, int64_t steps_per_epoch, const RunLength& run);

  /// `step` updates were made in `seconds`.
  double rate(int64_t step, double seconds) const;
  /// An evaluation did or did not improve the validation loss.
  void evaluated(bool improved);

  /// The horizon and the plateau's counters, for the checkpoint: a longer limit moves the horizon only when told.
  Json state() const;
  void load_state(const Json& state);

 private:
  double shape(int64_t step, double seconds) const;
  double progress(int64_t step, double seconds) const;

  double rate_;
  ScheduleOptions options_;
  double every_ = 0;
  double start_ = 0;
  RunLength horizon_;
  int64_t evaluations_without_improvement_ = 0;
  double plateau_factor_ = 1;
};

}  // namespace seq::train

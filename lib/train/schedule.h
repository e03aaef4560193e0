// The learning rate over time.
#pragma once

#include <cstdint>

#include "base/json.h"
#include "config/train_options.h"

namespace seq::train {

/// r = the rate of the config, n = updates so far:
///   constant     r
///   step         r factor^floor((n - start) / every)
///   exponential  r factor^((n - start) / every)
///   linear       falls from r to r * final_fraction at the horizon
///   cosine       the same along half a cosine                        Loshchilov & Hutter 2017
///   plateau      r factor^k after k plateaus of the validation loss
/// all after a linear rise from 0 over `warmup_steps`.
class Schedule {
 public:
  /// `steps_per_epoch` turns the options in epochs into steps; `run_steps` is the horizon unless the options name one,
  /// 0 when the run is limited by time alone. Throws Error for options that do not fit together.
  Schedule(double rate, const ScheduleOptions& options, int64_t steps_per_epoch, int64_t run_steps);

  /// `step` updates were made; `time_fraction` in [0, 1] stands in for the horizon of a run limited by time.
  double rate(int64_t step, double time_fraction) const;
  /// An evaluation did or did not improve the validation loss.
  void evaluated(bool improved);

  /// The horizon and the plateau's counters, for the checkpoint.
  Json state() const;
  void load_state(const Json& state);

 private:
  double shape(int64_t step, double time_fraction) const;

  double rate_;
  ScheduleOptions options_;
  double every_ = 0;
  double start_ = 0;
  int64_t horizon_ = 0;
  int64_t evaluations_without_improvement_ = 0;
  double plateau_factor_ = 1;
};

}  // namespace seq::train

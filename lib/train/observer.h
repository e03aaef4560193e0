// What watches a training run: logs, event files, the progress bar, early stopping.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "train/evaluate.h"

namespace seq::train {

/// What a step tells.
struct StepReport {
  int64_t step = 0;  ///< updates made, this one included
  double epoch = 0;  ///< passes made, as a fraction
  double loss_sum = 0;
  int64_t count = 0;
  std::optional<double> right;  ///< answers that are right, where the model answers with classes
  double learning_rate = 0;
  double gradient_norm = 0;  ///< before clipping by norm; 0 when not clipped
  Json gradients;            ///< by parameter, when they are logged at this step
  double step_seconds = 0;   ///< that this step took
  double seconds = 0;        ///< since the run's start, earlier sessions included
};

/// What an evaluation tells.
struct EvaluationReport {
  int64_t step = 0;
  double epoch = 0;
  double seconds = 0;
  Json metrics;           ///< empty when there is no validation part
  bool improved = false;  ///< the best so far
  std::string sample;     ///< a text of the model, if it can write one
};

/// Told of each step and each evaluation, in order. What it must remember across a resume is in `state`.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void stepped(const StepReport&) {}
  virtual void evaluated(const EvaluationReport&) {}
  /// Why training should end now; empty to go on. Asked after each step and evaluation.
  virtual std::string reason_to_stop() const { return {}; }
  virtual std::string name() const = 0;
  virtual Json state() const { return Json::object(); }
  virtual void load_state(const Json&) {}
};

}  // namespace seq::train

// The observers that every run has.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "base/progress.h"
#include "config/train_options.h"
#include "run/event_file.h"
#include "run/metrics.h"
#include "run/run_folder.h"
#include "train/observer.h"

namespace seq::train {

/// The exponentially smoothed loss of a batch's stream: s = d s + (1 - d) (loss summed over the window).
class SmoothLoss : public Observer {
 public:
  /// `untrained_loss` is the loss of one token before training (log V), which the smoothed loss starts from.
  SmoothLoss(double decay, int64_t batch_size, std::optional<double> untrained_loss);
  void stepped(const StepReport& report) override;
  std::string name() const override { return "smooth_loss"; }
  Json state() const override;
  void load_state(const Json& state) override;
  std::optional<double> value() const { return value_; }

 private:
  double decay_;
  int64_t batch_size_;
  std::optional<double> untrained_loss_;
  std::optional<double> value_;
};

/// Logs every `log_every` steps and every evaluation to metrics.jsonl, the event files and the terminal, where a bar
/// shows the progress between.
class Logger : public Observer {
 public:
  /// `unit` is what the speed counts (`tokens`). `smooth_loss` may be null.
  Logger(const TrainOptions& options, const RunFolder& run, Log& log, std::string unit, const SmoothLoss* smooth_loss);
  /// Opens the files, cut back to `step`, where this session starts. Without `total_steps` the run ends by time.
  void start(int64_t step, std::optional<int64_t> total_steps, bool show_progress);
  void stepped(const StepReport& report) override;
  void evaluated(const EvaluationReport& report) override;
  /// Writes the distribution of a tensor's values.
  void histogram(const std::string& name, int64_t step, const Tensor& values);
  std::string name() const override { return "logger"; }
  Json state() const override;
  void load_state(const Json& state) override;

 private:
  double speed() const { return busy_seconds_ > 0 ? static_cast<double>(busy_count_) / busy_seconds_ : 0; }
  void write_line(const StepReport& report);

  const TrainOptions& options_;
  const RunFolder& run_;
  Log& log_;
  std::string unit_;
  const SmoothLoss* smooth_loss_;
  std::optional<MetricsLog> metrics_;
  std::optional<EventFile> events_;
  std::optional<Progress> progress_;
  bool by_time_ = false;
  int64_t first_step_ = 0;

  // Since the last line.
  double loss_sum_ = 0;
  int64_t count_ = 0;
  double right_ = 0;
  double busy_seconds_ = 0;  ///< without the first step of a session, which warms everything up
  int64_t busy_count_ = 0;
};

/// Ends the run on the (patience + 1)-th evaluation in a row without a better validation loss.
class EarlyStopping : public Observer {
 public:
  explicit EarlyStopping(int64_t patience) : patience_(patience) {}
  void evaluated(const EvaluationReport& report) override;
  std::string reason_to_stop() const override;
  std::string name() const override { return "early_stopping"; }
  Json state() const override;
  void load_state(const Json& state) override;

 private:
  int64_t patience_;
  int64_t without_improvement_ = 0;
};

/// Ends the run after a pass whose mean training loss was at most a bound.
class GoodEnough : public Observer {
 public:
  explicit GoodEnough(double bound) : bound_(bound) {}
  void stepped(const StepReport& report) override;
  std::string reason_to_stop() const override;
  std::string name() const override { return "good_enough"; }
  Json state() const override;
  void load_state(const Json& state) override;

 private:
  double bound_;
  double loss_sum_ = 0;  ///< of this pass
  int64_t count_ = 0;
  std::optional<double> last_pass_;  ///< mean loss of the last whole one
};

}  // namespace seq::train

// The training loop: batches, loss, backward, update; with schedules, checkpoints, evaluation and exact resume.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "run/run_folder.h"
#include "train/checkpoint.h"
#include "train/observers.h"
#include "train/schedule.h"

namespace seq::train {

/// What is trained, on what, and what else the trainer needs to know of it.
struct Job {
  Job(Model& trained_model, Batches& training_batches) : model(trained_model), training(training_batches) {}

  Model& model;
  Batches& training;
  Batches* validation = nullptr;  ///< none: the latest weights count as the best
  std::function<Json(const Evaluation&)> metrics = [](const Evaluation& one) { return language_metrics(one); };
  std::function<std::string()> sample;   ///< writes a text with the weights as they are; may be empty
  std::optional<double> untrained_loss;  ///< of one token, before training
  std::string unit = "tokens";           ///< what a loss counts, for the speed that is shown: `tokens`, `texts` …
  c10::Device device = c10::kCPU;
};

/// Trains one model in one run folder.
class Trainer {
 public:
  /// Throws Error for options that do not fit together. `options`, `run` and `log` must outlive the trainer.
  Trainer(const Job& job, const TrainOptions& options, const RunFolder& run, Log& log);

  /// Trains to the end, from the checkpoint `last` on when the folder holds one.
  /// Throws Interrupted after saving when a signal came, also during validation, RunError when the loss diverges.
  void run(bool show_progress);

 private:
  void train_to_end();
  bool finished() const;
  std::string reason_to_stop() const;
  void step(const Batch& batch);
  Json gradient_figures() const;
  void after_step();
  void end_pass();
  void evaluate();
  void save_model() const;
  void save_checkpoint(const std::string& name) const;
  void load_checkpoint();
  void load_tensors(const Checkpoint& checkpoint);
  void check_carried(const State& carried);
  void load_state(const Json& state);
  void stop_if_diverged(double loss) const;
  void stop_if_weights_diverged() const;
  [[noreturn]] void diverged(const std::string& what) const;
  double epoch() const;
  double seconds() const;
  void restart_clock();
  double learning_rate() const;

  Job job_;
  const TrainOptions& options_;
  const RunFolder& run_;
  Log& log_;
  nn::FlatParameters parameters_;
  std::unique_ptr<nn::Optimizer> optimizer_;
  Tensor average_;  ///< exponential moving average of the weights [N]; undefined when not wanted
  std::optional<int64_t> step_limit_;
  int64_t evaluate_every_ = 1;
  Schedule schedule_;
  std::vector<std::unique_ptr<Observer>> observers_;
  Logger* logger_ = nullptr;  ///< one of the observers

  // What a checkpoint keeps besides tensors and observers.
  int64_t step_ = 0;
  int64_t pass_ = 0;
  int64_t position_ = 0;  ///< batches of this pass that are done
  State carried_;
  std::optional<double> best_loss_;
  int64_t evaluated_step_ = -1;
  double earlier_seconds_ = 0;

  bool show_progress_ = false;
  double session_start_;
  double step_start_ = 0;
  double checkpoint_time_ = 0;  ///< seconds() of the last one
};

}  // namespace seq::train

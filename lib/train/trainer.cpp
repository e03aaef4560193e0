// The training loop.
#include "train/trainer.h"

#include <ATen/core/grad_mode.h>

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "run/interruption.h"

namespace seq::train {
namespace {

/// A loss beyond this has no way back, even where doubles still hold it.
constexpr double kDiverged = 1e30;

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A number of steps out of a number of passes; beyond what anybody trains it stays a number.
int64_t steps_of(double epochs, int64_t batches_per_pass, double (*round)(double)) {
  return static_cast<int64_t>(std::min(round(epochs * static_cast<double>(batches_per_pass)), 1e15));
}

std::optional<int64_t> step_limit(const TrainOptions& options, int64_t batches_per_pass) {
  if (!options.max_epochs) return options.max_steps;
  const int64_t steps = steps_of(*options.max_epochs, batches_per_pass, std::ceil);
  return std::min(steps, options.max_steps.value_or(steps));
}

int64_t evaluation_interval(const TrainOptions& options, int64_t batches_per_pass) {
  if (options.eval_every_steps) return *options.eval_every_steps;
  return std::max<int64_t>(1, steps_of(options.eval_every_epochs, batches_per_pass, std::round));
}

std::optional<double> right_answers(const Loss& loss) {
  return loss.right.defined() ? std::optional<double>(loss.right.item<double>()) : std::nullopt;
}

/// Puts other weights into the network while it lives.
class BorrowedWeights {
 public:
  BorrowedWeights(Tensor& weights, const Tensor& others) : weights_(weights) {
    const at::NoGradGuard no_gradients;
    if (!others.defined()) return;
    own_ = weights_.clone();
    weights_.copy_(others);
  }
  ~BorrowedWeights() {
    const at::NoGradGuard no_gradients;
    if (own_.defined()) weights_.copy_(own_);
  }
  BorrowedWeights(const BorrowedWeights&) = delete;
  BorrowedWeights& operator=(const BorrowedWeights&) = delete;

 private:
  Tensor& weights_;
  Tensor own_;
};

}  // namespace

Trainer::Trainer(const Job& job, const TrainOptions& options, const RunFolder& run, Log& log)
    : job_(job),
      options_(options),
      run_(run),
      log_(log),
      parameters_(job.model.net()),
      optimizer_(nn::make_optimizer(options.optimizer, parameters_.values())),
      step_limit_(step_limit(options, job.training.batches_per_pass())),
      evaluate_every_(evaluation_interval(options, job.training.batches_per_pass())),
      schedule_(options.learning_rate, options.schedule, job.training.batches_per_pass(),
                {step_limit_.value_or(0), 60 * options.max_minutes.value_or(0)}),
      session_start_(clock_seconds()) {
  check_train_options(options, job.validation != nullptr);
  if (options_.average_decay > 0) average_ = parameters_.values().clone();
  const SmoothLoss* smooth_loss = nullptr;
  if (options_.smooth_loss > 0) {
    auto smooth = std::make_unique<SmoothLoss>(options_.smooth_loss, options_.batch_size, job_.untrained_loss);
    smooth_loss = smooth.get();
    observers_.push_back(std::move(smooth));
  }
  auto logger = std::make_unique<Logger>(options_, run_, log_, job_.unit, smooth_loss);
  logger_ = logger.get();
  observers_.push_back(std::move(logger));
  if (options_.patience) observers_.push_back(std::make_unique<EarlyStopping>(*options_.patience));
  if (options_.stop_at_loss) observers_.push_back(std::make_unique<GoodEnough>(*options_.stop_at_loss));
}

void Trainer::run(bool show_progress) {
  show_progress_ = show_progress;
  load_checkpoint();
  if (finished() && evaluated_step_ == step_) {
    const std::string reason = reason_to_stop();
    log_.info("{}: finished at step {} (go on with {})", run_.path().string(), step_,
              reason.empty()
                  ? "a larger limit: --resume --set train.max_epochs=…"
                  : "another train.patience or train.stop_at_loss, as there was " + reason + ": --resume --set …");
    return;
  }
  const InterruptionGuard interruption;
  logger_->start(step_, step_limit_, show_progress_);
  job_.model.net().train();
  job_.training.start_pass(pass_, position_);
  checkpoint_time_ = seconds();
  step_start_ = clock_seconds();
  try {
    train_to_end();
  } catch (const Interrupted& interrupted) {
    save_checkpoint("last");
    throw Interrupted(interrupted.signal,
                      fmt::format("interrupted at step {}, all is saved (go on with: seqtool train --resume {})", step_,
                                  run_.path().string()));
  }
  save_checkpoint("last");
  if (const std::string reason = reason_to_stop(); !reason.empty()) log_.info("stopped early: {}", reason);
}

void Trainer::train_to_end() {
  if (step_ > 0 && evaluated_step_ != step_ && step_ % evaluate_every_ == 0) evaluate();  // which was interrupted
  for (Batch batch; !finished();) {
    if (job_.training.next(batch)) {
      step(batch);
      after_step();
    } else {
      end_pass();
    }
  }
  if (evaluated_step_ != step_) evaluate();
}

void Trainer::step(const Batch& batch) {
  const double rate = learning_rate();
  const Loss loss = job_.model.loss(on_device(batch, job_.device), carried_);
  carried_ = nn::detach(carried_);
  const auto loss_sum = loss.sum.item<double>();
  stop_if_diverged(loss_sum / static_cast<double>(loss.count));

  parameters_.zero_gradients();
  (options_.reduction == "mean" ? loss.sum / static_cast<double>(loss.count) : loss.sum).backward();
  const Json gradients = options_.log_gradients && (step_ + 1) % options_.log_every == 0 ? gradient_figures() : Json();
  double norm = 0;
  if (options_.clip_norm) norm = nn::clip_norm(parameters_.gradients(), *options_.clip_norm);
  if (options_.clip_value) nn::clip_value(parameters_.gradients(), *options_.clip_value);
  {
    const at::NoGradGuard no_gradients;
    optimizer_->step(parameters_.values(), parameters_.gradients(), rate);
    if (average_.defined()) {
      // Follows the weights faster at the start, where the average of few steps would hang back at the first ones.
      const double decay =
          std::min(options_.average_decay, static_cast<double>(step_ + 1) / static_cast<double>(step_ + 10));
      average_.lerp_(parameters_.values(), 1 - decay);
    }
  }
  ++step_;
  ++position_;
  const double end = clock_seconds();
  const StepReport report{step_, epoch(), loss_sum,  loss.count,        right_answers(loss),
                          rate,  norm,    gradients, end - step_start_, seconds()};
  for (const auto& observer : observers_) observer->stepped(report);
  step_start_ = end;
}

Json Trainer::gradient_figures() const {
  Json figures = Json::object();
  for (const auto& parameter : job_.model.net().named_parameters()) {
    const Tensor& gradient = parameter.value().grad();
    if (!gradient.defined()) continue;  // it is not trained
    figures[parameter.key()] = (gradient.numel() == 1 ? gradient : gradient.norm()).item<double>();
  }
  return figures;
}

void Trainer::after_step() {
  if (step_ % evaluate_every_ == 0) {
    evaluate();
  } else if (finished()) {
    return;  // evaluated and saved at the end
  } else if ((options_.checkpoint_every_steps && step_ % *options_.checkpoint_every_steps == 0) ||
             seconds() - checkpoint_time_ > 60 * options_.checkpoint_every_minutes) {
    save_checkpoint("last");
    if (options_.keep_every_checkpoint) save_checkpoint("step-" + std::to_string(step_));
    checkpoint_time_ = seconds();
    step_start_ = clock_seconds();
  }
  InterruptionGuard::check();
}

void Trainer::end_pass() {
  ++pass_;
  position_ = 0;
  carried_.clear();
  job_.training.start_pass(pass_, 0);
}

void Trainer::evaluate() {
  EvaluationReport report;
  report.step = step_;
  report.epoch = epoch();
  stop_if_weights_diverged();
  {
    const BorrowedWeights averaged(parameters_.values(), average_);
    report.improved = job_.validation == nullptr;
    if (job_.validation != nullptr) {
      Progress progress("validation", job_.validation->batches_per_pass(), show_progress_);
      const Evaluation evaluation = train::evaluate(job_.model, *job_.validation, job_.device, &progress);
      stop_if_diverged(evaluation.loss());
      report.metrics = job_.metrics(evaluation);
      report.improved = !best_loss_ || evaluation.loss() < *best_loss_ - options_.min_improvement;
      if (report.improved) best_loss_ = evaluation.loss();
    }
    if (job_.sample && options_.sample_length > 0) report.sample = job_.sample();
    if (report.improved) save_model();
  }
  evaluated_step_ = step_;
  report.seconds = seconds();
  schedule_.evaluated(report.improved);
  for (const auto& observer : observers_) observer->evaluated(report);
  if (options_.histograms)
    for (const auto& [name, tensor] : nn::named_tensors(job_.model.net())) logger_->histogram(name, step_, tensor);
  save_checkpoint("last");
  if (report.improved) save_checkpoint("best");
  if (options_.keep_every_checkpoint) save_checkpoint("step-" + std::to_string(step_));
  checkpoint_time_ = seconds();
  step_start_ = clock_seconds();
}

bool Trainer::finished() const {
  if (step_limit_ && step_ >= *step_limit_) return true;
  if (options_.max_minutes && seconds() >= 60 * *options_.max_minutes) return true;
  return !reason_to_stop().empty();
}

std::string Trainer::reason_to_stop() const {
  for (const auto& observer : observers_)
    if (std::string reason = observer->reason_to_stop(); !reason.empty()) return reason;
  return {};
}

void Trainer::stop_if_diverged(double loss) const {
  if (!std::isfinite(loss) || std::abs(loss) >= kDiverged)
    diverged(fmt::format("the loss is {:.4g} after step {} (epoch {})", loss, step_, pass_));
}

void Trainer::stop_if_weights_diverged() const {
  if (!parameters_.values().isfinite().all().item<bool>())
    diverged(fmt::format("the weights are no longer finite after step {} (epoch {})", step_, pass_));
}

void Trainer::diverged(const std::string& what) const {
  std::error_code ignored;
  throw RunError(what + ": training diverged; start anew with a lower train.learning_rate or train.clip_norm set" +
                 (fs::exists(run_.checkpoint("last"), ignored) ? " (the last good checkpoint is kept)" : ""));
}

double Trainer::epoch() const {
  return static_cast<double>(pass_) +
         static_cast<double>(position_) / static_cast<double>(job_.training.batches_per_pass());
}

double Trainer::seconds() const {
  return earlier_seconds_ + clock_seconds() - session_start_;
}

void Trainer::restart_clock() {
  session_start_ = clock_seconds();
}

double Trainer::learning_rate() const {
  return schedule_.rate(step_, seconds());
}

}  // namespace seq::train

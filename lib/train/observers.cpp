// Logging, smoothing, early stopping, the progress bar.
#include "train/observers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seq::train {
namespace {

std::string rate_text(double per_second, const std::string& unit) {
  return per_second >= 1e4 ? fmt::format("{:.0f} k {}/s", per_second / 1000, unit)
                           : fmt::format("{:.0f} {}/s", per_second, unit);
}

}  // namespace

Logger::Logger(const TrainOptions& options, const RunFolder& run, Log& log, std::string unit,
               const SmoothLoss* smooth_loss)
    : options_(options), run_(run), log_(log), unit_(std::move(unit)), smooth_loss_(smooth_loss) {}

void Logger::start(int64_t step, std::optional<int64_t> total_steps, bool show_progress) {
  first_step_ = step;
  metrics_.emplace(run_.metrics(), step > 0 ? step : -1);
  events_.emplace(run_.events(), step);
  by_time_ = !total_steps && options_.max_minutes;
  progress_.emplace("training", by_time_ ? std::llround(*options_.max_minutes * 60) : total_steps.value_or(0),
                    show_progress);
}

void Logger::stepped(const StepReport& report) {
  loss_sum_ += report.loss_sum;
  count_ += report.count;
  right_ += report.right.value_or(0);
  if (report.step > first_step_ + 1) {
    busy_seconds_ += report.step_seconds;
    busy_count_ += report.count;
  }
  progress_->update(by_time_ ? std::llround(report.seconds) : report.step, [&] {
    return fmt::format("loss {:.3f}  {}", report.loss_sum / static_cast<double>(report.count),
                       rate_text(speed(), unit_));
  });
  if (report.step % options_.log_every == 0) write_line(report);
}

void Logger::write_line(const StepReport& report) {
  const double loss = loss_sum_ / static_cast<double>(std::max<int64_t>(count_, 1));
  Json entry = {{"kind", "train"},
                {"step", report.step},
                {"epoch", report.epoch},
                {"loss", loss},
                {"learning_rate", report.learning_rate}};
  std::string line = fmt::format("step {}  epoch {:.2f}  loss {:.4f}", report.step, report.epoch, loss);
  if (report.right) {
    entry["accuracy"] = right_ / static_cast<double>(std::max<int64_t>(count_, 1));
    line += fmt::format("  accuracy {:.4f}", entry["accuracy"].get<double>());
  }
  if (smooth_loss_ != nullptr) {
    entry["smooth_loss"] = *smooth_loss_->value();
    line += fmt::format("  smooth loss {:.4f}", *smooth_loss_->value());
  }
  if (options_.clip_norm) entry["gradient_norm"] = report.gradient_norm;
  for (const auto& [parameter, value] : report.gradients.items()) entry["gradient_" + parameter] = value;
  const std::string speed_key = unit_ + "_per_second";
  entry[speed_key] = speed();
  entry["seconds"] = report.seconds;
  metrics_->write(entry);
  for (const std::string& key : {std::string("loss"), std::string("accuracy"), std::string("learning_rate"),
                                 std::string("gradient_norm"), std::string("smooth_loss"), speed_key})
    if (entry.contains(key)) events_->scalar("train/" + key, report.step, entry[key].get<double>());
  progress_->clear();
  log_.info("{}  rate {:.3g}  {}", line, report.learning_rate, rate_text(speed(), unit_));
  loss_sum_ = right_ = busy_seconds_ = 0;
  count_ = busy_count_ = 0;
}

void Logger::evaluated(const EvaluationReport& report) {
  progress_->clear();
  if (!report.metrics.empty()) {
    Json entry = {{"kind", "valid"}, {"step", report.step}, {"epoch", report.epoch}};
    entry.update(report.metrics);
    entry["best"] = report.improved;
    entry["seconds"] = report.seconds;
    metrics_->write(entry);
    std::string line = fmt::format("step {}  epoch {:.2f}  validation", report.step, report.epoch);
    for (const auto& [key, value] : report.metrics.items()) {
      events_->scalar("valid/" + key, report.step, value.get<double>());
      std::string words = key;
      std::replace(words.begin(), words.end(), '_', ' ');
      line += fmt::format("  {} {:.4f}", words, value.get<double>());
    }
    log_.info("{}{}", line, report.improved ? "  (best)" : "");
  }
  if (!report.sample.empty()) {
    metrics_->write({{"kind", "sample"}, {"step", report.step}, {"text", report.sample}});
    events_->text("sample", report.step, report.sample);
    log_.debug("sample:\n{}", report.sample);
  }
}

void Logger::histogram(const std::string& name, int64_t step, const Tensor& values) {
  const Tensor floats = values.detach().to(at::kCPU, at::kFloat).contiguous();
  events_->histogram(name, step, {floats.const_data_ptr<float>(), static_cast<size_t>(floats.numel())});
}

Json Logger::state() const {
  return {{"loss_sum", loss_sum_}, {"count", count_}, {"right", right_}};
}

void Logger::load_state(const Json& state) {
  loss_sum_ = state.at("loss_sum").get<double>();
  count_ = state.at("count").get<int64_t>();
  right_ = state.value("right", 0.0);
}

SmoothLoss::SmoothLoss(double decay, int64_t batch_size, std::optional<double> untrained_loss)
    : decay_(decay), batch_size_(batch_size), untrained_loss_(untrained_loss) {}

void SmoothLoss::stepped(const StepReport& report) {
  const double loss = report.loss_sum / static_cast<double>(batch_size_);
  if (!value_) {
    const double tokens = static_cast<double>(report.count) / static_cast<double>(batch_size_);
    value_ = untrained_loss_ ? *untrained_loss_ * tokens : loss;
  }
  value_ = decay_ * *value_ + (1 - decay_) * loss;
}

Json SmoothLoss::state() const {
  return {{"value", value_ ? Json(*value_) : Json(nullptr)}};
}

void SmoothLoss::load_state(const Json& state) {
  const Json& value = state.at("value");
  value_ = value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

void EarlyStopping::evaluated(const EvaluationReport& report) {
  if (report.metrics.empty()) return;
  without_improvement_ = report.improved ? 0 : without_improvement_ + 1;
}

std::string EarlyStopping::reason_to_stop() const {
  if (without_improvement_ <= patience_) return {};
  return fmt::format("no better validation loss in {} evaluations", without_improvement_);
}

Json EarlyStopping::state() const {
  return {{"without_improvement", without_improvement_}};
}

void EarlyStopping::load_state(const Json& state) {
  without_improvement_ = state.at("without_improvement").get<int64_t>();
}

void GoodEnough::stepped(const StepReport& report) {
  loss_sum_ += report.loss_sum;
  count_ += report.count;
  if (report.epoch != std::floor(report.epoch)) return;  // within a pass
  last_pass_ = loss_sum_ / static_cast<double>(count_);
  loss_sum_ = 0;
  count_ = 0;
}

std::string GoodEnough::reason_to_stop() const {
  if (!last_pass_ || *last_pass_ > bound_) return {};
  return fmt::format("a pass whose mean loss was {:.4g}", *last_pass_);
}

Json GoodEnough::state() const {
  return {{"loss_sum", loss_sum_}, {"count", count_}, {"last_pass", last_pass_ ? Json(*last_pass_) : Json(nullptr)}};
}

void GoodEnough::load_state(const Json& state) {
  loss_sum_ = state.at("loss_sum").get<double>();
  count_ = state.at("count").get<int64_t>();
  const Json& last = state.at("last_pass");
  last_pass_ = last.is_null() ? std::nullopt : std::optional<double>(last.get<double>());
}

}  // namespace seq::train

// The passes of chunked training.
#include "models/chunked_training.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "run/interruption.h"

namespace seq {
namespace {

constexpr double kLeastRate = 1e-4;  // of the first, at the end of linear decay

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Passes {
 public:
  Passes(ChunkedModel& model, const Config& config, RunFolder& run, const Session& session, std::string unit)
      : model_(model),
        config_(config),
        run_(run),
        session_(session),
        unit_(std::move(unit)),
        chunks_(model.chunks()),
        total_(static_cast<int64_t>(std::ceil(*config.train.max_epochs * static_cast<double>(chunks_)))) {
    load_checkpoint();
    metrics_.emplace(run.metrics(), run.resumed() ? chunk_ : -1);
  }

  void run() {
    const InterruptionGuard guard;
    const int64_t log_every = config_.train.log_every;
    const int64_t save_every = config_.train.checkpoint_every_steps.value_or(total_ + 1);
    while (chunk_ < total_ && !out_of_patience()) {
      const int64_t pass_end = std::min(total_, (chunk_ / chunks_ + 1) * chunks_);
      run_until(std::min({pass_end, (chunk_ / log_every + 1) * log_every, (chunk_ / save_every + 1) * save_every}));
      if (chunk_ == pass_end || chunk_ % log_every == 0) log_chunks();
      if (chunk_ == pass_end) evaluate();
      if (const int signal = InterruptionGuard::signal(); signal != 0) {
        save_checkpoint();
        throw Interrupted(
            signal, fmt::format("interrupted at step {}, all is saved (go on with: seqtool train --resume {})", chunk_,
                                run_.path().string()));
      }
      if (chunk_ % save_every == 0 || clock_seconds() - saved_ > 60 * config_.train.checkpoint_every_minutes)
        save_checkpoint();
    }
    if (evaluated_ != chunk_) evaluate();
    if (saved_chunk_ != chunk_) save_checkpoint();
    if (out_of_patience())
      session_.log->info(
          "stopped early: {} evaluations without improvement (go on with more patience: --resume --set "
          "train.patience=…)",
          unimproved_);
  }

 private:
  bool out_of_patience() const {
    return evaluated_ == chunk_ && config_.train.patience && unimproved_ > *config_.train.patience;
  }

  /// All chunks before `end` are done afterwards, or those before the one at which a signal came.
  void run_until(int64_t end) {
    const double begin = clock_seconds();
    std::atomic<int64_t> next = chunk_;
    std::mutex mutex;
    Progress progress("training", total_, session_.show_progress);
    const int threads = model_.threads();
    parallel_for(threads, static_cast<size_t>(threads), [&](size_t, size_t thread) {
      while (InterruptionGuard::signal() == 0) {
        const int64_t chunk = next++;
        if (chunk >= end) break;
        const ChunkLoss loss = model_.train(chunk, rate(chunk), thread);
        if (thread == 0) progress.update(chunk);
        const std::lock_guard lock(mutex);
        loss_ += loss;
      }
    });
    chunk_ = std::min(end, next.load());
    logged_seconds_ += clock_seconds() - begin;
  }

  void log_chunks() {
    const double mean = loss_.count == 0 ? 0 : loss_.sum / static_cast<double>(loss_.count);
    if (!std::isfinite(mean))
      throw RunError(
          fmt::format("the loss is {} after step {}: training diverged; start anew with a lower train.learning_rate",
                      mean, chunk_));
    const double speed = static_cast<double>(loss_.units) / logged_seconds_;
    const auto now = static_cast<double>(rate(chunk_));
    metrics_->write({{"kind", "train"},
                     {"step", chunk_},
                     {"epoch", epoch()},
                     {"loss", mean},
                     {"learning_rate", now},
                     {unit_ + "_per_second", speed},
                     {"seconds", seconds()}});
    session_.log->info("step {}  epoch {:.2f}  loss {:.4f}  rate {:.4g}  {:.0f} {}/s", chunk_, epoch(), mean, now,
                       speed, unit_);
    loss_ = {};
    logged_seconds_ = 0;
  }

  void check_finite() {
    if (model_.finite()) return;
    throw RunError(fmt::format(
        "weights are no longer finite after step {}: training diverged; start anew with a lower train.learning_rate{}",
        chunk_, fs::exists(run_.checkpoint("last")) ? " (the last good checkpoint is kept)" : ""));
  }

  void evaluate() {
    check_finite();
    const Json metrics = model_.evaluate();
    const bool watched = metrics.contains("loss") || metrics.contains("accuracy");
    const bool by_loss = metrics.contains("loss");
    const double figure = by_loss ? metrics["loss"].get<double>() : watched ? -metrics["accuracy"].get<double>() : 0;
    const bool improved = watched && (!best_ || figure < *best_ - config_.train.min_improvement);
    if (improved) best_ = figure;
    unimproved_ = improved || !watched ? 0 : unimproved_ + 1;
    evaluated_ = chunk_;
    if (!metrics.empty()) {
      std::string text;
      Json entry = {{"kind", "valid"}, {"step", chunk_}, {"epoch", epoch()}, {"seconds", seconds()}};
      for (const auto& [key, value] : metrics.items()) {
        if (!value.is_number()) continue;
        entry[key] = value;
        text += fmt::format("  {} {:.4f}", key, value.get<double>());
      }
      session_.log->info("step {}  epoch {:.2f}  validation{}{}", chunk_, epoch(), text, improved ? "  (best)" : "");
      metrics_->write(entry);
    }
    if (improved) model_.save_best();
  }

  void save_checkpoint() {
    check_finite();
    if (evaluated_ >= 0 && !best_) model_.save_best();  // nothing tells which pass is the best
    const Json state = {{"chunk", chunk_},
                        {"chunks", chunks_},
                        {"best", best_ ? Json(*best_) : Json()},
                        {"unimproved", unimproved_},
                        {"evaluated", evaluated_},
                        {"seconds", seconds()},
                        {"loss_sum", loss_.sum},
                        {"loss_count", loss_.count},
                        {"units", loss_.units},
                        {"logged_seconds", logged_seconds_}};
    fs::create_directories(run_.checkpoint("last").parent_path());
    model_.write_checkpoint(run_.checkpoint("last"), {{"kind", "checkpoint"}, {"state", state.dump()}});
    saved_ = clock_seconds();
    saved_chunk_ = chunk_;
  }

  void load_checkpoint() {
    if (!run_.has_begun()) return;
    const fs::path path = run_.checkpoint("last");
    const SafetensorsFile file(path);
    if (file.metadata("kind") != "checkpoint")
      throw Error(path.string() + ": not a checkpoint (it has no training state)");
    try {
      const Json state = parse_json(file.metadata("state"), path.string());
      if (state.at("chunks").get<int64_t>() != chunks_)
        throw Error(path.string() + ": made from another text (start anew with --overwrite)");
      chunk_ = state.at("chunk").get<int64_t>();
      if (!state.at("best").is_null()) best_ = state.at("best").get<double>();
      unimproved_ = state.at("unimproved").get<int64_t>();
      evaluated_ = state.at("evaluated").get<int64_t>();
      earlier_seconds_ = state.at("seconds").get<double>();
      loss_ = {state.at("loss_sum").get<double>(), state.at("loss_count").get<int64_t>(),
               state.at("units").get<int64_t>()};
      logged_seconds_ = state.at("logged_seconds").get<double>();
    } catch (const Json::exception&) {
      throw Error(path.string() + ": its training state is damaged (start anew with --overwrite)");
    }
    model_.read_checkpoint(file, path.string());
    saved_chunk_ = chunk_;
    session_.log->info("resumed at step {} (epoch {:.2f})", chunk_, epoch());
  }

  float rate(int64_t chunk) const {
    return static_cast<float>(model_.rate(static_cast<double>(chunk) / static_cast<double>(total_)));
  }
  double epoch() const { return static_cast<double>(chunk_) / static_cast<double>(chunks_); }
  double seconds() const { return earlier_seconds_ + clock_seconds() - start_; }

  ChunkedModel& model_;
  const Config& config_;
  RunFolder& run_;
  const Session& session_;
  std::string unit_;
  std::optional<MetricsLog> metrics_;
  int64_t chunks_;     ///< in a pass
  int64_t total_;      ///< in all passes of the run
  int64_t chunk_ = 0;  ///< done so far, over all passes
  int64_t evaluated_ = -1;
  int64_t saved_chunk_ = -1;
  ChunkLoss loss_;  ///< what the next log line tells of
  double logged_seconds_ = 0;
  std::optional<double> best_;
  int64_t unimproved_ = 0;
  double earlier_seconds_ = 0;
  double start_ = clock_seconds();
  double saved_ = start_;
};

}  // namespace

ChunkLoss& ChunkLoss::operator+=(const ChunkLoss& other) {
  sum += other.sum;
  count += other.count;
  units += other.units;
  return *this;
}

double linear_rate(const TrainOptions& train, double share) {
  return train.learning_rate * std::max(kLeastRate, 1 - (1 - train.schedule.final_fraction) * share);
}

void train_chunks(ChunkedModel& model, const Config& config, RunFolder& run, const Session& session,
                  const std::string& unit) {
  Passes(model, config, run, session, unit).run();
}

}  // namespace seq

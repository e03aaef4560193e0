// Chunks, threads, and what happens between passes.
#include "models/word2vec/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/random.h"
#include "run/interruption.h"
#include "run/safetensors.h"

namespace seq::word2vec {
namespace {

constexpr int64_t kChunk = 8192;
constexpr double kLeastRate = 1e-4;                         // of the first one, as in word2vec.c
constexpr uint64_t kInitial = 1, kDraws = 2, kHeldOut = 3;  // streams of random numbers

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int64_t chunks_in(const TokenFile& tokens) {
  return (tokens.size() + kChunk - 1) / kChunk;
}

/// One chunk's ids in buffers of the thread.
class ChunkReader {
 public:
  std::span<const uint32_t> read(const TokenFile& tokens, int64_t chunk) {
    const int64_t first = chunk * kChunk;
    wide_.resize(static_cast<size_t>(std::min(kChunk, tokens.size() - first)));
    tokens.read(first, wide_);
    ids_.assign(wide_.begin(), wide_.end());
    return ids_;
  }

 private:
  std::vector<int64_t> wide_;
  std::vector<uint32_t> ids_;
};

TensorBytes as_tensor(std::span<const float> values, int64_t rows, int64_t dimension) {
  return {"F32", {rows, dimension}, {reinterpret_cast<const char*>(values.data()), values.size_bytes()}};
}

/// The vectors of the words.
std::vector<float> composed(const vectors::Word2vec& model) {
  const vectors::PaddedTable& table = model.vectors();
  const auto dimension = static_cast<size_t>(table.dimension());
  std::vector<float> values(static_cast<size_t>(table.rows()) * dimension);
  for (uint32_t word = 0; word < table.rows(); ++word)
    model.compose(word, std::span(values).subspan(word * dimension, dimension));
  return values;
}

vectors::SubwordRules rules_of(const Word2vecOptions& options) {
  return {options.subwords.min_n, options.subwords.max_n, options.subwords.buckets};
}

vectors::Word2vec make_model(const Word2vecOptions& options, const vectors::CountedWords& words, uint64_t seed) {
  std::unique_ptr<const vectors::WordParts> parts;
  if (options.subwords.buckets > 0) parts = std::make_unique<vectors::WordParts>(*words.words, rules_of(options));
  return {options, words.counts, seed, std::move(parts)};
}

void fill(vectors::PaddedTable& table, const SafetensorsFile& file, const std::string& name, const std::string& place) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end() || found->second.dtype != "F32" ||
      found->second.shape != std::vector<int64_t>{table.rows(), table.dimension()})
    throw Error(fmt::format("{}: the tensor {} is missing or not [{}, {}] of F32 (start anew with --overwrite)", place,
                            name, table.rows(), table.dimension()));
  const char* from = found->second.bytes.data();
  for (uint32_t row = 0; row < table.rows(); ++row) {
    const auto values = table.values(row);
    std::memcpy(values.data(), from, values.size_bytes());
    from += values.size_bytes();
  }
}

}  // namespace

Word2vecOptions options_of(const Config& config) {
  Json section = config.model;
  section.erase("type");
  return read_fields<Word2vecOptions>(section, "model");
}

Training::Training(const Config& config, RunFolder& run, const Session& session, const vectors::CountedWords& words,
                   NamedFiles files, const MakeUpdates& make_updates)
    : config_(config),
      options_(options_of(config)),
      run_(run),
      session_(session),
      words_(words),
      files_(std::move(files)),
      tokens_(run.tokens("train")),
      model_(make_model(options_, words, Random::derive(static_cast<uint64_t>(config.seed), kInitial))),
      threads_(thread_count(config.threads)),
      chunks_(chunks_in(tokens_)),
      total_(static_cast<int64_t>(std::ceil(*config.train.max_epochs * static_cast<double>(chunks_)))),
      start_(clock_seconds()),
      saved_(start_) {
  if (fs::exists(run.tokens("valid"))) valid_.emplace(run.tokens("valid"));
  start();
  load_checkpoint();
  updates_ = make_updates(model_, options_, config_);
  if (updates_->takes_threads()) update_threads_ = threads_;
  metrics_.emplace(run.metrics(), run.resumed() ? chunk_ : -1);
}

/// Given vectors and frozen ones.
void Training::start() {
  int64_t started = 0, frozen = 0;
  if (files_.given) {
    const vectors::WordVectors& given = *files_.given;
    for (int64_t word = 0; word < words_.words->size(); ++word) {
      const auto row = given.words().find((*words_.words)[word]);
      if (!row) continue;
      const auto own = static_cast<uint32_t>(word);
      std::copy(given.row(*row).begin(), given.row(*row).end(), model_.vectors().values(own).begin());
      if (options_.freeze_given) frozen += model_.freeze(own) ? 1 : 0;
      ++started;
    }
    files_.given.reset();
    if (started == 0) throw Error("model.start_from: " + options_.start_from + " has none of the words of the text");
  }
  if (!options_.freeze.empty()) {
    bool found = false;
    LineReader lines(options_.freeze);
    for (std::string_view line; lines.next(line);) {
      const auto word = words_.words->find(line);
      if (!word) continue;
      frozen += model_.freeze(static_cast<uint32_t>(*word)) ? 1 : 0;
      found = true;
    }
    if (!found) throw Error("model.freeze: " + options_.freeze + " has none of the words of the text");
  }
  if (started > 0) session_.log->info("{} words begin with given vectors", started);
  if (frozen > 0) session_.log->info("{} vectors are frozen", frozen);
}

void Training::run() {
  session_.log->info("word2vec: {} words, {} numbers each, {} training words, {} threads", words_.words->size(),
                     options_.dimension, tokens_.size(), threads_);
  const InterruptionGuard guard;
  const int64_t log_every = config_.train.log_every;
  const int64_t save_every = config_.train.checkpoint_every_steps.value_or(total_ + 1);
  while (chunk_ < total_ && !out_of_patience()) {
    const int64_t first = chunk_;
    const int64_t pass_end = std::min(total_, (first / chunks_ + 1) * chunks_);
    run_chunks(std::min({pass_end, (first / log_every + 1) * log_every, (first / save_every + 1) * save_every}));
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
  if (out_of_patience())
    session_.log->info(
        "stopped early: {} evaluations without improvement (go on with more patience: --resume --set "
        "train.patience=…)",
        unimproved_);
}

bool Training::out_of_patience() const {
  return evaluated_ == chunk_ && config_.train.patience && unimproved_ > *config_.train.patience;
}

/// All chunks before `end` are done afterwards, or those before the one at which a signal came.
void Training::run_chunks(int64_t end) {
  const double begin = clock_seconds();
  std::atomic<int64_t> next = chunk_;
  std::mutex mutex;
  Progress progress("training", total_, session_.show_progress);
  parallel_for(update_threads_, static_cast<size_t>(update_threads_), [&](size_t, size_t thread) {
    ChunkReader reader;
    while (InterruptionGuard::signal() == 0) {
      const int64_t chunk = next++;
      if (chunk >= end) break;
      const auto seed = Random::derive(static_cast<uint64_t>(config_.seed), kDraws, static_cast<uint64_t>(chunk));
      const vectors::LossSum loss = updates_->train(reader.read(tokens_, chunk % chunks_), seed, rate(chunk));
      if (thread == 0) progress.update(chunk);
      const std::lock_guard lock(mutex);
      logged_.loss += loss;
    }
  });
  logged_.chunks += std::min(end, next.load()) - chunk_;
  logged_.seconds += clock_seconds() - begin;
  chunk_ = std::min(end, next.load());
}

void Training::log_chunks() {
  const auto [loss, chunks, seconds] = logged_;
  logged_ = {};
  const double mean = loss.count == 0 ? 0 : loss.sum / static_cast<double>(loss.count);
  if (!std::isfinite(mean))
    throw RunError(
        fmt::format("the loss is {} after step {}: training diverged; start anew with a lower "
                    "train.learning_rate",
                    mean, chunk_));
  const double speed = static_cast<double>(chunks * kChunk) / seconds;
  const auto now = static_cast<double>(rate(chunk_));
  metrics_->write({{"kind", "train"},
                   {"step", chunk_},
                   {"epoch", epoch()},
                   {"loss", mean},
                   {"learning_rate", now},
                   {"tokens_per_second", speed},
                   {"seconds", this->seconds()}});
  session_.log->info("step {}  epoch {:.2f}  loss {:.4f}  rate {:.4g}  {:.0f} words/s", chunk_, epoch(), mean, now,
                     speed);
}

/// Linear decay to almost nothing over the whole run.
float Training::rate(int64_t chunk) const {
  const double left = 1 - static_cast<double>(chunk) / static_cast<double>(total_);
  return static_cast<float>(config_.train.learning_rate * std::max(left, kLeastRate));
}

void Training::evaluate() {
  updates_->finish();
  check_finite();
  Json metrics = score();
  const bool watched = metrics.contains("loss") || metrics.contains("accuracy");
  // Held-out loss where there is a held-out text, else the analogies.
  const double figure = metrics.contains("loss")       ? metrics["loss"].get<double>()
                        : metrics.contains("accuracy") ? -metrics["accuracy"].get<double>()
                                                       : 0;
  const bool improved = !watched || !best_ || figure < *best_ - config_.train.min_improvement;
  if (improved) best_ = figure;
  unimproved_ = improved ? 0 : unimproved_ + 1;
  evaluated_ = chunk_;
  if (watched || metrics.contains("spearman")) {
    std::string text;
    for (const auto& [key, value] : metrics.items())
      if (value.is_number()) text += fmt::format("  {} {:.4f}", key, value.get<double>());
    session_.log->info("step {}  epoch {:.2f}  validation{}{}", chunk_, epoch(), text, improved ? "  (best)" : "");
    Json entry = {{"kind", "valid"}, {"step", chunk_}, {"epoch", epoch()}, {"seconds", seconds()}};
    entry.update(metrics);
    metrics_->write(entry);
  }
  if (improved) save_vectors();
  save_checkpoint();
}

/// `loss` on the held-out text, `accuracy` on analogies, `spearman` on similarities; each where it is asked for.
Json Training::score() {
  Json metrics = Json::object();
  if (valid_) {
    vectors::LossSum loss;
    std::mutex mutex;
    parallel_ranges(chunks_in(*valid_), update_threads_, 1, [&](int64_t begin, int64_t end) {
      ChunkReader reader;
      for (int64_t chunk = begin; chunk < end; ++chunk) {
        const auto seed = Random::derive(static_cast<uint64_t>(config_.seed), kHeldOut, static_cast<uint64_t>(chunk));
        const vectors::LossSum own = updates_->loss(reader.read(*valid_, chunk), seed);
        const std::lock_guard lock(mutex);
        loss += own;
      }
    });
    if (loss.count > 0) metrics["loss"] = loss.sum / static_cast<double>(loss.count);
  }
  if (files_.analogies.empty() && files_.similarities.empty()) return metrics;
  const auto values = std::make_shared<const std::vector<float>>(composed(model_));
  const vectors::WordVectors now(words_.words, {values, values->data(), words_.words->size(), options_.dimension},
                                 run_.path().string(), {}, threads_);
  vectors::EvaluationOptions options;
  options.threads = threads_;
  if (!files_.analogies.empty())
    metrics["accuracy"] = total(evaluate_analogies(now, files_.analogies, options)).accuracy();
  for (size_t i = 0; i < files_.similarities.size(); ++i)
    metrics[i == 0 ? "spearman" : fmt::format("spearman_{}", i + 1)] =
        evaluate_similarities(now, files_.similarities[i], options).spearman;
  return metrics;
}

void Training::check_finite() const {
  for (const auto* table : {&model_.vectors(), &model_.outputs(), &model_.ngrams()})
    for (uint32_t row = 0; row < table->rows(); ++row)
      if (const auto values = table->values(row);
          !std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
        throw RunError(
            fmt::format("vectors are no longer finite after step {}: training diverged; start anew with a lower "
                        "train.learning_rate{}",
                        chunk_, fs::exists(run_.checkpoint("last")) ? " (the last good checkpoint is kept)" : ""));
}

void Training::save_vectors() {
  const std::vector<float> values = composed(model_);
  const std::vector<int64_t> counts(words_.counts.begin(), words_.counts.end());
  const vectors::PackedTable ngrams(model_.ngrams());
  vectors::write_run_vectors(run_.path(), {*words_.words, values, options_.dimension, counts},
                             {ngrams.values(), rules_of(options_)});
}

void Training::save_checkpoint() {
  updates_->finish();
  check_finite();
  const vectors::PackedTable inputs(model_.vectors()), outputs(model_.outputs()), ngrams(model_.ngrams());
  const Json state = {{"chunk", chunk_},
                      {"chunks", chunks_},
                      {"best", best_ ? Json(*best_) : Json()},
                      {"unimproved", unimproved_},
                      {"evaluated", evaluated_},
                      {"seconds", seconds()},
                      {"loss_sum", logged_.loss.sum},
                      {"loss_count", logged_.loss.count},
                      {"logged", logged_.chunks},
                      {"logged_seconds", logged_.seconds}};
  fs::create_directories(run_.checkpoint("last").parent_path());
  std::map<std::string, TensorBytes> tensors = {
      {"vectors", as_tensor(inputs.values(), model_.vectors().rows(), options_.dimension)},
      {"outputs", as_tensor(outputs.values(), model_.outputs().rows(), options_.dimension)}};
  if (model_.ngrams().rows() > 0)
    tensors["ngrams"] = as_tensor(ngrams.values(), model_.ngrams().rows(), options_.dimension);
  write_safetensors(run_.checkpoint("last"), tensors, {{"kind", "checkpoint"}, {"state", state.dump()}});
  saved_ = clock_seconds();
}

void Training::load_checkpoint() {
  const fs::path path = run_.checkpoint("last");
  if (!run_.resumed() || !fs::exists(path)) return;
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
    logged_.loss = {state.at("loss_sum").get<double>(), state.at("loss_count").get<int64_t>()};
    logged_.chunks = state.at("logged").get<int64_t>();
    logged_.seconds = state.at("logged_seconds").get<double>();
  } catch (const Json::exception&) {
    throw Error(path.string() + ": its training state is damaged (start anew with --overwrite)");
  }
  fill(model_.vectors(), file, "vectors", path.string());
  fill(model_.outputs(), file, "outputs", path.string());
  if (model_.ngrams().rows() > 0) fill(model_.ngrams(), file, "ngrams", path.string());
  session_.log->info("resumed at step {} (epoch {:.2f})", chunk_, epoch());
}

double Training::seconds() const {
  return earlier_seconds_ + clock_seconds() - start_;
}

}  // namespace seq::word2vec

// Chunks of ids to updates, tables to tensors and back.
#include "models/word2vec/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "vectors/train/table_tensors.h"

namespace seq::word2vec {
namespace {

constexpr int64_t kChunk = 8192;
constexpr uint64_t kInitial = 1, kDraws = 2, kHeldOut = 3;  // streams of random numbers

int64_t chunks_in(const TokenFile& tokens) {
  return (tokens.size() + kChunk - 1) / kChunk;
}

vectors::SubwordRules rules_of(const Word2vecOptions& options) {
  return {options.subwords.min_n, options.subwords.max_n, options.subwords.buckets};
}

vectors::Word2vec make_model(const Word2vecOptions& options, const vectors::CountedWords& words, uint64_t seed) {
  std::unique_ptr<const vectors::WordParts> parts;
  if (options.subwords.buckets > 0) parts = std::make_unique<vectors::WordParts>(*words.words, rules_of(options));
  return {options, words.counts, seed, std::move(parts)};
}

}  // namespace

std::span<const uint32_t> Training::ChunkReader::read(const TokenFile& tokens, int64_t chunk) {
  const int64_t first = chunk * kChunk;
  wide_.resize(static_cast<size_t>(std::min(kChunk, tokens.size() - first)));
  tokens.read(first, wide_);
  ids_.assign(wide_.begin(), wide_.end());
  return ids_;
}

Training::Training(const Config& config, RunFolder& run, const Session& session, const vectors::CountedWords& words,
                   NamedFiles files, const MakeUpdates& make_updates)
    : config_(config),
      options_(model_options<Word2vecOptions>(config)),
      run_(run),
      words_(words),
      files_(std::move(files)),
      tokens_(run.tokens("train")),
      model_(make_model(options_, words, Random::derive(static_cast<uint64_t>(config.seed), kInitial))),
      make_updates_(make_updates) {
  if (fs::exists(run.tokens("valid"))) valid_.emplace(run.tokens("valid"));
  start(session);
  session.log->info("word2vec: {} words, {} numbers each, {} training words, {} threads", words_.words->size(),
                    options_.dimension, tokens_.size(), thread_count(config.threads));
}

/// Given vectors and frozen ones.
void Training::start(const Session& session) {
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
  if (started > 0) session.log->info("{} words begin with given vectors", started);
  if (frozen > 0) session.log->info("{} vectors are frozen", frozen);
}

int64_t Training::chunks() const {
  return chunks_in(tokens_);
}

int Training::threads() {
  if (updates_ == nullptr) updates_ = make_updates_(model_, options_, config_);
  readers_.resize(updates_->takes_threads() ? static_cast<size_t>(thread_count(config_.threads)) : 1);
  return static_cast<int>(readers_.size());
}

double Training::rate(double share) const {
  return linear_rate(config_.train, share);
}

ChunkLoss Training::train(int64_t chunk, float rate, size_t thread) {
  const auto seed = Random::derive(static_cast<uint64_t>(config_.seed), kDraws, static_cast<uint64_t>(chunk));
  const auto ids = readers_[thread].read(tokens_, chunk % chunks());
  const vectors::LossSum loss = updates_->train(ids, seed, rate);
  return {loss.sum, loss.count, static_cast<int64_t>(ids.size())};
}

bool Training::finite() {
  if (updates_ != nullptr) updates_->finish();
  return vectors::all_finite(model_.vectors()) && vectors::all_finite(model_.outputs()) &&
         vectors::all_finite(model_.ngrams());
}

Json Training::evaluate() {
  Json metrics = Json::object();
  if (valid_) {
    vectors::LossSum loss;
    std::mutex mutex;
    parallel_ranges(chunks_in(*valid_), threads(), 1, [&](int64_t begin, int64_t end) {
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
  vectors::EvaluationOptions options;
  options.threads = thread_count(config_.threads);
  const auto values = std::make_shared<const std::vector<float>>(composed());
  const vectors::WordVectors now(words_.words, {values, values->data(), words_.words->size(), options_.dimension},
                                 run_.path().string(), {}, options.threads);
  if (!files_.analogies.empty())
    metrics["accuracy"] = total(evaluate_analogies(now, files_.analogies, options)).accuracy();
  for (size_t i = 0; i < files_.similarities.size(); ++i)
    metrics[i == 0 ? "spearman" : fmt::format("spearman_{}", i + 1)] =
        evaluate_similarities(now, files_.similarities[i], options).spearman;
  return metrics;
}

/// The vectors of the words.
std::vector<float> Training::composed() const {
  const auto dimension = static_cast<size_t>(options_.dimension);
  std::vector<float> values(words_.counts.size() * dimension);
  for (uint32_t word = 0; word < words_.counts.size(); ++word)
    model_.compose(word, std::span(values).subspan(word * dimension, dimension));
  return values;
}

void Training::save_best() {
  const auto write = [&](std::span<const float> values) {
    const std::vector<int64_t> counts(words_.counts.begin(), words_.counts.end());
    const vectors::PackedTable ngrams(model_.ngrams());
    vectors::write_run_vectors(run_.path(), {*words_.words, values, options_.dimension, counts},
                               {ngrams.values(), rules_of(options_)});
  };
  if (options_.subwords.buckets > 0) return write(composed());
  const vectors::PackedTable own(model_.vectors());  // no copy of a table that may fill half of the memory
  write(own.values());
}

void Training::write_checkpoint(const fs::path& path, const std::map<std::string, std::string>& metadata) {
  const vectors::PackedTable inputs(model_.vectors()), outputs(model_.outputs()), ngrams(model_.ngrams());
  std::map<std::string, TensorBytes> tensors = {{"vectors", vectors::as_tensor(inputs.values(), options_.dimension)},
                                                {"outputs", vectors::as_tensor(outputs.values(), options_.dimension)}};
  if (!ngrams.values().empty()) tensors["ngrams"] = vectors::as_tensor(ngrams.values(), options_.dimension);
  write_safetensors(path, tensors, metadata);
}

void Training::read_checkpoint(const SafetensorsFile& file, const std::string& name) {
  vectors::read_rows(file, "vectors", name, model_.vectors());
  vectors::read_rows(file, "outputs", name, model_.outputs());
  if (model_.ngrams().rows() > 0) vectors::read_rows(file, "ngrams", name, model_.ngrams());
}

}  // namespace seq::word2vec

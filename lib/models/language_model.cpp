// train, eval, sample and score of language models.
#include "models/language_model.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "decode/sampler.h"
#include "models/setup.h"
#include "text/corpus.h"
#include "train/trainer.h"

namespace seq {
namespace {

CorpusFiles corpus_files(const RunFolder& run) {
  return {run.tokenizer(), [run](const std::string& part) { return run.tokens(part); }};
}

bool has_all_tokens(const Config& config, const RunFolder& run) {
  const DataOptions& data = config.data;
  const auto wanted = [&](size_t part, const std::vector<std::string>& files) {
    return data.corpus.empty() ? !files.empty() : part < data.split.size() && data.split[part] > 0;
  };
  return (!wanted(0, data.train) || fs::exists(run.tokens("train"))) &&
         (!wanted(1, data.valid) || fs::exists(run.tokens("valid"))) &&
         (!wanted(2, data.test) || fs::exists(run.tokens("test")));
}

/// Encodes the corpus, or opens what an earlier session of the run encoded from the same files.
EncodedCorpus load_corpus(const Config& config, RunFolder& run, Log& log) {
  const Json fingerprints = unchanged_data(config, run);
  const bool encoded = !run.recorded_data().empty() && has_all_tokens(config, run);
  EncodedCorpus corpus =
      encoded ? open_corpus(corpus_files(run)) : prepare_corpus(config.data, config.tokenizer, corpus_files(run), log);
  run.record_data(fingerprints);
  return corpus;
}

/// A model with the run's best weights, its tokenizer, and its place.
struct Loaded {
  c10::Device device;
  std::unique_ptr<Tokenizer> tokenizer;
  std::unique_ptr<LanguageModel> model;
};

Loaded load(const MakeLanguageModel& make, const LoadedRun& run) {
  const c10::Device device = set_up_torch(run.config);
  std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(run.folder.tokenizer());
  std::unique_ptr<LanguageModel> model = make(run.config, tokenizer->vocabulary().size());
  place(model->net(), run.config, device);
  load_best_weights(model->net(), run);
  model->net().eval();
  return {device, std::move(tokenizer), std::move(model)};
}

void train_run(const MakeLanguageModel& make, const Config& config, RunFolder& run, const Session& session) {
  const c10::Device device = set_up_torch(config);
  const EncodedCorpus corpus = load_corpus(config, run, *session.log);
  const int64_t vocabulary_size = corpus.tokenizer->vocabulary().size();
  std::unique_ptr<LanguageModel> model = make(config, vocabulary_size);
  place(model->net(), config, device);

  const auto seed = static_cast<uint64_t>(config.seed);
  const auto training =
      train::training_windows(corpus.parts.at("train"), config.train.batch_size, config.train.window,
                              config.train.random_offset ? std::optional<uint64_t>(seed) : std::nullopt);
  std::unique_ptr<train::Batches> validation;
  if (corpus.parts.contains("valid")) validation = train::evaluation_windows(corpus.parts.at("valid"), config.eval);

  train::Job job(*model, *training);
  job.validation = validation.get();
  job.device = device;
  job.untrained_loss = std::log(static_cast<double>(vocabulary_size));
  job.sample = [&] {
    SampleOptions options;
    options.length = config.train.sample_length;
    options.temperature = 0.8;
    Random random(seed);
    std::string text;
    const auto stepper = model->stepper(config.train.kernel == "fast");
    decode::generate(*stepper, *corpus.tokenizer, options, random, [&](std::string_view piece) { text += piece; });
    return text;
  };
  int64_t parameters = 0;
  for (const auto& parameter : model->net().parameters()) parameters += parameter.numel();
  session.log->info("{}: {} parameters, vocabulary {}, {} training tokens", config.model_type(), parameters,
                    vocabulary_size, corpus.parts.at("train")->size());
  train::Trainer trainer(job, config.train, run, *session.log);
  trainer.run(session.show_progress);
}

Json evaluate_run(const MakeLanguageModel& make, const LoadedRun& run, const EvalRequest& request, const Session&) {
  Loaded loaded = load(make, run);
  std::shared_ptr<const TokenFile> tokens;
  std::unique_ptr<TemporaryFile> temporary;
  if (request.file.empty()) {
    const fs::path file = run.folder.tokens(request.split);
    if (!fs::exists(file))
      throw Error(run.folder.path().string() + ": the run has no " + request.split +
                  " part (choose another --split, or give --file TEXT)");
    tokens = std::make_shared<TokenFile>(file);
  } else {
    temporary = std::make_unique<TemporaryFile>("seqtool-eval");
    const InvalidUtf8 invalid =
        run.config.tokenizer.invalid_utf8 == "replace" ? InvalidUtf8::replace : InvalidUtf8::refuse;
    encode_file(request.file, *loaded.tokenizer, invalid, temporary->path());
    tokens = std::make_shared<TokenFile>(temporary->path());
  }
  if (tokens->vocabulary_size() != loaded.tokenizer->vocabulary().size())
    throw Error(run.folder.tokens(request.split).string() + ": made with another tokenizer than the run's");
  const auto batches = train::evaluation_windows(tokens, run.config.eval);
  const train::Evaluation all = train::evaluate(*loaded.model, *batches, loaded.device);
  Json metrics = train::language_metrics(all);
  metrics["tokens"] = all.count;

  const int32_t unknown = loaded.tokenizer->vocabulary().unknown;
  metrics["unknown"] = 0;
  if (unknown == kNoToken) return metrics;
  const auto known_batches = train::evaluation_windows(tokens, run.config.eval, unknown);
  const int64_t known_count = train::count_tokens(*known_batches);
  metrics["unknown"] = all.count - known_count;
  if (known_count < all.count && known_count > 0)
    metrics["perplexity_without_unknown"] =
        std::exp(train::evaluate(*loaded.model, *known_batches, loaded.device).loss());
  return metrics;
}

void warn_of_unknown(const Tokenizer& tokenizer, const std::string& prompt, Log& log) {
  const int32_t unknown = tokenizer.vocabulary().unknown;
  if (unknown == kNoToken || find_invalid_utf8(prompt) != std::string::npos) return;
  std::vector<int32_t> ids;
  tokenizer.encode(prompt, ids);
  if (const auto count = std::count(ids.begin(), ids.end(), unknown); count > 0)
    log.warn("prompt: {} of {} tokens are not in the vocabulary", count, ids.size());
}

void sample_run(const MakeLanguageModel& make, const LoadedRun& run, const SampleOptions& options,
                const Session& session, const std::function<void(int64_t, std::string_view)>& write) {
  Loaded loaded = load(make, run);
  warn_of_unknown(*loaded.tokenizer, options.prompt, *session.log);
  const auto stepper = loaded.model->stepper(options.fast);
  for (int64_t index = 0; index < options.count; ++index) {
    Random random(Random::derive(options.seed, 2, static_cast<uint64_t>(index)));
    decode::generate(*stepper, *loaded.tokenizer, options, random, [&](std::string_view piece) {
      if (!piece.empty()) write(index, piece);
    });
    write(index, {});
  }
}

/// Sums over the lines scored so far.
struct Totals {
  double log_probability = 0;
  double known_log_probability = 0;
  int64_t tokens = 0;
  int64_t unknown = 0;

  void add(double log_p, bool is_unknown) {
    log_probability += log_p;
    ++tokens;
    if (is_unknown) {
      ++unknown;
    } else {
      known_log_probability += log_p;
    }
  }
};

void score_lines(const MakeLanguageModel& make, const LoadedRun& run, const ScoreRequest& request,
                 const Session& session, const std::string& in, std::ostream& out) {
  Loaded loaded = load(make, run);
  const Vocabulary& vocabulary = loaded.tokenizer->vocabulary();
  const auto stepper = loaded.model->stepper(request.fast);
  const int32_t start = decode::start_token(vocabulary);
  const bool line_ends = vocabulary.find("\n") != kNoToken;
  Totals totals;
  LineReader lines(in);
  std::span<const float> logits;
  std::vector<int32_t> ids;
  bool fresh = true;
  for (std::string_view line; lines.next(line);) {
    ids.clear();
    try {
      std::string text(line);
      if (line_ends) text += '\n';
      if (const size_t bad = find_invalid_utf8(text); bad != std::string::npos)
        throw Error("byte " + std::to_string(bad) + ": not valid UTF-8");
      loaded.tokenizer->encode(text, ids);
    } catch (const Error& error) {
      session.log->warn("line {}: {}", lines.number(), error.what());
      out << (request.json ? "{}" : "") << "\n";
      continue;
    }
    if (fresh || !request.continuous) {
      stepper->reset();
      logits = stepper->step(start);
      fresh = false;
    }
    double line_total = 0;
    Json tokens = Json::array();
    std::string columns;
    for (const int32_t id : ids) {
      const double log_p = decode::log_probability(logits, id);
      totals.add(log_p, id == vocabulary.unknown);
      line_total += log_p;
      if (request.per_token && request.json)
        tokens.push_back({{"token", vocabulary.token(id)}, {"log_probability", log_p}});
      else if (request.per_token)
        columns += fmt::format("{}{:.6f}", columns.empty() ? "" : " ", log_p);
      logits = stepper->step(id);
    }
    if (request.json) {
      Json object = {{"log_probability", line_total}, {"count", ids.size()}};
      if (request.per_token) object["tokens"] = std::move(tokens);
      out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
    } else {
      out << (request.per_token ? columns : fmt::format("{:.6f}", line_total)) << "\n";
    }
    if (!out) throw RunError("stdout cannot be written");
  }
  const auto mean = [](double sum, int64_t count) { return count > 0 ? -sum / static_cast<double>(count) : 0.0; };
  session.log->info(
      "{} lines, {} tokens, {} unknown, log-probability {:.4f}, perplexity {:.4f}, without unknown {:.4f}",
      lines.number(), totals.tokens, totals.unknown, totals.log_probability,
      std::exp(mean(totals.log_probability, totals.tokens)),
      std::exp(mean(totals.known_log_probability, totals.tokens - totals.unknown)));
}

}  // namespace

ModelVerbs language_model_verbs(MakeLanguageModel make) {
  ModelVerbs verbs;
  verbs.train = [make](const Config& config, RunFolder& run, const Session& session) {
    train_run(make, config, run, session);
  };
  verbs.evaluate = [make](const LoadedRun& run, const EvalRequest& request, const Session& session) {
    return evaluate_run(make, run, request, session);
  };
  verbs.sample = [make](const LoadedRun& run, const SampleOptions& options, const Session& session,
                        const std::function<void(int64_t, std::string_view)>& write) {
    sample_run(make, run, options, session, write);
  };
  verbs.score = [make](const LoadedRun& run, const ScoreRequest& request, const Session& session, const std::string& in,
                       std::ostream& out) { score_lines(make, run, request, session, in, out); };
  return verbs;
}

}  // namespace seq

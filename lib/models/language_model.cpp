// train, eval, sample and score of language models.
#include "models/language_model.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>

#include "decode/sampler.h"
#include "models/setup.h"
#include "run/interruption.h"
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
EncodedCorpus load_corpus(const Config& config, RunFolder& run, const Session& session) {
  const Json fingerprints = unchanged_data(config, run);
  const bool encoded = !run.recorded_data().empty() && has_all_tokens(config, run);
  EncodedCorpus corpus =
      encoded ? open_corpus(corpus_files(run))
              : prepare_corpus(config.data, config.tokenizer, corpus_files(run), *session.log, session.show_progress);
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
  load_run_weights(model->net(), run);
  model->net().eval();
  return {device, std::move(tokenizer), std::move(model)};
}

/// On average over a whole text, so that figures of different tokenizers compare.
double characters_per_token(const TokenFile& tokens) {
  return static_cast<double>(tokens.characters()) / static_cast<double>(tokens.size());
}

/// A type of language model.
struct Type {
  MakeLanguageModel make;
  ReadTokenVectors read_vectors;
};

void train_run(const Type& type, const Config& config, RunFolder& run, const Session& session) {
  const InterruptionGuard interruption;  // encoding a large corpus takes minutes
  const c10::Device device = set_up_torch(config);
  std::optional<TokenVectors> vectors;
  if (type.read_vectors && !run.has_begun()) vectors = type.read_vectors(config);  // a checkpoint has them
  const EncodedCorpus corpus = load_corpus(config, run, session);
  const int64_t vocabulary_size = corpus.tokenizer->vocabulary().size();
  std::unique_ptr<LanguageModel> model = type.make(config, vocabulary_size);
  if (vectors) {
    const at::Tensor table = model->token_vectors();
    vectors->fill({table.mutable_data_ptr<float>(), table.stride(0)}, corpus.tokenizer->vocabulary(), *session.log);
  }
  vectors.reset();
  place(model->net(), config, device);

  const auto seed = static_cast<uint64_t>(config.seed);
  const auto training =
      train::training_windows(corpus.parts.at("train"), config.train.batch_size, config.train.window,
                              config.train.random_offset ? std::optional<uint64_t>(seed) : std::nullopt);
  std::unique_ptr<train::Batches> validation;
  if (corpus.parts.contains("valid")) validation = train::evaluation_windows(corpus.parts.at("valid"), config.eval);

  train::Job job(*model, *training);
  job.validation = validation.get();
  if (validation != nullptr)
    job.metrics = [each = characters_per_token(*corpus.parts.at("valid"))](const train::Evaluation& evaluation) {
      return train::language_metrics(evaluation, each);
    };
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

train::Evaluation evaluate_batches(const Loaded& loaded, train::Batches& batches, const Session& session) {
  Progress progress("evaluation", batches.batches_per_pass(), session.show_progress);
  return train::evaluate(*loaded.model, batches, loaded.device, &progress);
}

Json evaluate_run(const MakeLanguageModel& make, const LoadedRun& run, const EvalRequest& request,
                  const Session& session) {
  const InterruptionGuard interruption;  // so that the temporary file is removed
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
    const std::string& invalid_utf8 =
        request.invalid_utf8.empty() ? run.config.tokenizer.invalid_utf8 : request.invalid_utf8;
    encode_file(request.file, *loaded.tokenizer, invalid_utf8_mode(invalid_utf8), temporary->path(),
                session.show_progress);
    tokens = std::make_shared<TokenFile>(temporary->path());
  }
  if (tokens->vocabulary_size() != loaded.tokenizer->vocabulary().size())
    throw Error(run.folder.tokens(request.split).string() + ": made with another tokenizer than the run's");
  const auto batches = train::evaluation_windows(tokens, run.config.eval);
  const train::Evaluation all = evaluate_batches(loaded, *batches, session);
  Json metrics = train::language_metrics(all, characters_per_token(*tokens));
  metrics["tokens"] = all.count;

  const int32_t unknown = loaded.tokenizer->vocabulary().unknown;
  metrics["unknown"] = 0;
  if (unknown == kNoToken) return metrics;
  const auto known_batches = train::evaluation_windows(tokens, run.config.eval, unknown);
  const int64_t known_count = train::count_tokens(*known_batches);
  metrics["unknown"] = all.count - known_count;
  if (known_count < all.count && known_count > 0)
    metrics["perplexity_without_unknown"] = std::exp(evaluate_batches(loaded, *known_batches, session).loss());
  return metrics;
}

/// The characters of a text that the vocabulary lacks, each once, in their order.
std::vector<int32_t> unknown_characters(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> found;
  for (size_t position = 0; position < text.size();) {
    const size_t start = position;
    const int32_t code_point = next_code_point(text, position);
    std::vector<int32_t> ids;
    tokenizer.encode(text.substr(start, position - start), ids);
    const bool is_unknown = std::find(ids.begin(), ids.end(), tokenizer.vocabulary().unknown) != ids.end();
    if (is_unknown && std::find(found.begin(), found.end(), code_point) == found.end()) found.push_back(code_point);
  }
  return found;
}

void warn_of_unknown(const Tokenizer& tokenizer, const std::string& prompt, Log& log) {
  const int32_t unknown = tokenizer.vocabulary().unknown;
  if (unknown == kNoToken || find_invalid_utf8(prompt) != std::string::npos) return;
  std::vector<int32_t> ids;
  tokenizer.encode(prompt, ids);
  const auto count = std::count(ids.begin(), ids.end(), unknown);
  if (count == 0) return;
  constexpr size_t kShown = 3;
  const std::vector<int32_t> characters = unknown_characters(tokenizer, prompt);
  std::string names;
  for (size_t i = 0; i < std::min(characters.size(), kShown); ++i)
    names += (i > 0 ? ", " : ": ") + shown_character(characters[i]);
  if (characters.size() > kShown) names += ", …";
  log.warn("prompt: {} of {} tokens are not in the vocabulary{}", count, ids.size(), names);
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

/// The ids of one line to score, its end included when the vocabulary has it.
std::vector<int32_t> encode_line(const Tokenizer& tokenizer, std::string_view line) {
  std::string text(line);
  if (tokenizer.vocabulary().find("\n") != kNoToken) text += '\n';
  if (const size_t bad = find_invalid_utf8(text); bad != std::string::npos)
    throw Error("byte " + std::to_string(bad) + ": not valid UTF-8");
  std::vector<int32_t> ids;
  tokenizer.encode(text, ids);
  return ids;
}

void print_line(const std::vector<int32_t>& ids, const std::vector<double>& log_probabilities,
                const Vocabulary& vocabulary, const ScoreRequest& request, std::ostream& out) {
  const double total = std::accumulate(log_probabilities.begin(), log_probabilities.end(), 0.0);
  if (!request.json) {
    out << (request.per_token ? fmt::format("{:.6f}", fmt::join(log_probabilities, " ")) : fmt::format("{:.6f}", total))
        << "\n";
    return;
  }
  Json object = {{"log_probability", total}, {"count", ids.size()}};
  if (request.per_token) {
    Json tokens = Json::array();
    for (size_t i = 0; i < ids.size(); ++i)
      tokens.push_back({{"token", vocabulary.token(ids[i])}, {"log_probability", log_probabilities[i]}});
    object["tokens"] = std::move(tokens);
  }
  out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

std::string perplexity_text(double log_probability, int64_t tokens) {
  return tokens == 0 ? "undefined (no tokens)"
                     : fmt::format("{:.4f}", std::exp(-log_probability / static_cast<double>(tokens)));
}

void log_totals(const Totals& totals, int64_t lines, Log& log) {
  if (totals.tokens == 0) {
    log.info("{} lines, no tokens", lines);
    return;
  }
  log.info("{} lines, {} tokens, {} unknown, log-probability {:.4f}, perplexity {}, without unknown {}", lines,
           totals.tokens, totals.unknown, totals.log_probability,
           perplexity_text(totals.log_probability, totals.tokens),
           perplexity_text(totals.known_log_probability, totals.tokens - totals.unknown));
}

void score_lines(const MakeLanguageModel& make, const LoadedRun& run, const ScoreRequest& request,
                 const Session& session, const std::string& in, std::ostream& out) {
  Loaded loaded = load(make, run);
  const Vocabulary& vocabulary = loaded.tokenizer->vocabulary();
  const auto stepper = loaded.model->stepper(request.fast);
  const int32_t start = decode::start_token(vocabulary);
  Totals totals;
  LineReader lines(in);
  std::span<const float> logits;
  std::vector<int32_t> ids;
  std::vector<double> log_probabilities;
  bool fresh = true;
  for (std::string_view line; lines.next(line);) {
    try {
      ids = encode_line(*loaded.tokenizer, line);
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
    log_probabilities.clear();
    for (const int32_t id : ids) {
      log_probabilities.push_back(decode::log_probability(logits, id));
      totals.add(log_probabilities.back(), id == vocabulary.unknown);
      logits = stepper->step(id);
    }
    print_line(ids, log_probabilities, vocabulary, request, out);
    if (!out) throw RunError("stdout cannot be written");
  }
  log_totals(totals, lines.number(), *session.log);
}

}  // namespace

ModelVerbs language_model_verbs(MakeLanguageModel make, ReadTokenVectors read_vectors) {
  ModelVerbs verbs;
  verbs.train = [type = Type{make, std::move(read_vectors)}](const Config& config, RunFolder& run,
                                                             const Session& session) {
    train_run(type, config, run, session);
  };
  verbs.metrics = {"loss", "perplexity", "bits_per_character", "tokens", "unknown", "perplexity_without_unknown"};
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

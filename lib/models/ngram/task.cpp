// Training of counted n-gram models, and their runs for the other verbs.
#include "models/ngram/task.h"

#include <chrono>

#include "base/parallel.h"
#include "models/ngram/options.h"
#include "models/ngram/parts.h"
#include "models/ngram/use.h"
#include "ngram/binary_sink.h"
#include "ngram/estimate.h"
#include "run/interruption.h"
#include "run/metrics.h"

namespace seq {
namespace {

fs::path model_file(const RunFolder& run) {
  return run.path() / "model.bin";
}

NgramUse load_run(const LoadedRun& run) {
  const fs::path file = model_file(run.folder);
  if (!fs::exists(file)) throw Error(run.folder.path().string() + ": no model yet (train it with --resume)");
  ngram::WordOptions words = model_options<NgramOptions>(run.config).words;
  if (!words.tokenizer.empty()) words.tokenizer = run.folder.tokenizer().string();
  return {ngram::load_text_model(file), std::make_shared<ngram::Units>(words)};
}

/// A sink that also keeps the words that pass through it.
class RecordingSink : public ngram::ModelSink {
 public:
  explicit RecordingSink(std::unique_ptr<ModelSink> sink) : sink_(std::move(sink)) {}
  void begin(const std::vector<std::string>& vocabulary, const std::vector<uint64_t>& counts) override {
    for (const std::string& word : vocabulary) words += word + "\n";
    sink_->begin(vocabulary, counts);
  }
  void add(int order, const ngram::NgramBatch& batch) override { sink_->add(order, batch); }
  void finish() override { sink_->finish(); }

  std::string words;  ///< one a line

 private:
  std::unique_ptr<ModelSink> sink_;
};

void train_run(const Config& config, RunFolder& run, const Session& session) {
  if (run.resumed() && fs::exists(model_file(run))) {
    session.log->info("{}: finished, nothing is left to count", run.path().string());
    return;
  }
  const auto options = model_options<NgramOptions>(config);
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  const InterruptionGuard guard;
  const TextPart training = text_part(config.data, "train");
  const Json fingerprints = data_fingerprints(config.data);
  ngram::Work work{session.log, thread_count(config.threads), session.show_progress};
  RecordingSink sink(ngram::make_binary_sink(model_file(run), {ngram::layout_named(options.layout), options.temp}));
  const ngram::Estimated made = ngram::estimate(training.files, options, sink, work);
  write_file_atomic(run.path() / "vocabulary.txt", sink.words);
  if (const std::string& tokenizer = options.words.tokenizer; !tokenizer.empty())
    write_file_atomic(run.tokenizer(), read_file(tokenizer));  // so that the folder is enough by itself
  run.record_data(fingerprints);

  MetricsLog metrics(run.metrics(), -1);
  Json counted = {{"kind", "train"}, {"step", 1}, {"epoch", 1}, {"ngrams", made.ngrams}, {"seconds", seconds()}};
  if (!made.discounts.empty()) counted["discounts"] = made.discounts;
  metrics.write(counted);
  const TextPart validation = text_part(config.data, "valid");
  if (validation.files.empty()) return;
  Json valid = {{"kind", "valid"}, {"step", 1}, {"epoch", 1}};
  valid.update(evaluate_ngram({ngram::load_text_model(model_file(run)), std::make_shared<ngram::Units>(options.words)},
                              validation.files));
  valid["best"] = true;
  valid["seconds"] = seconds();
  metrics.write(valid);
  session.log->info("validation perplexity {:.4f}", valid["perplexity"].get<double>());
}

Json evaluate_run(const LoadedRun& run, const EvalRequest& request, const Session&) {
  const NgramUse use = load_run(run);
  if (!request.file.empty()) return evaluate_ngram(use, {request.file});
  const TextPart part = text_part(run.config.data, request.split);
  if (part.files.empty())
    throw Error(run.folder.path().string() + ": the run has no " + request.split +
                " part (choose another --split, or give --file TEXT)");
  return evaluate_ngram(use, part.files);
}

}  // namespace

NgramUse load_ngram_file(const std::string& file, ngram::Layout in_memory) {
  return {ngram::load_text_model(file, in_memory), std::make_shared<ngram::Units>(ngram::WordOptions())};
}

ModelVerbs ngram_verbs() {
  ModelVerbs verbs;
  verbs.train = train_run;
  verbs.evaluate = evaluate_run;
  verbs.sample = [](const LoadedRun& run, const SampleOptions& options, const Session& session,
                    const std::function<void(int64_t, std::string_view)>& write) {
    sample_ngram(load_run(run), options, *session.log, write);
  };
  verbs.score = [](const LoadedRun& run, const ScoreRequest& request, const Session& session, const std::string& in,
                   std::ostream& out) { score_ngram(load_run(run), request, session, in, out); };
  verbs.predict = [](const LoadedRun& run, const PredictRequest& request, const Session& session, const std::string& in,
                     std::ostream& out) { predict_ngram(load_run(run), request, session, in, out); };
  return verbs;
}

}  // namespace seq

// Training of counted n-gram models, and their runs for the other verbs.
#include "models/ngram/task.h"

#include "models/ngram/options.h"
#include "models/ngram/use.h"

namespace seq {
namespace {

NgramOptions options_of(const Config& config) {
  Json section = config.model;
  section.erase("type");
  return read_fields<NgramOptions>(section, "model");
}

fs::path model_file(const RunFolder& run) {
  return run.path() / "model.bin";
}

NgramUse load_run(const LoadedRun& run) {
  const fs::path file = model_file(run.folder);
  if (!fs::exists(file)) throw Error(run.folder.path().string() + ": no model yet (train it with --resume)");
  return {ngram::load_text_model(file), std::make_shared<ngram::Units>(options_of(run.config).words)};
}

}  // namespace

NgramUse load_ngram_file(const std::string& file) {
  return {ngram::load_text_model(file), std::make_shared<ngram::Units>(ngram::WordOptions())};
}

ModelVerbs ngram_verbs() {
  ModelVerbs verbs;
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

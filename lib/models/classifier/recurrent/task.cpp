// Training by the common trainer; evaluation and answers in batches of similar length.
// B = texts
#include "models/classifier/recurrent/task.h"

#include <ATen/core/grad_mode.h>

#include "models/classifier/recurrent/batches.h"
#include "models/classifier/recurrent/model.h"
#include "models/classifier/recurrent/predict.h"
#include "models/setup.h"
#include "models/token_vectors.h"
#include "run/interruption.h"
#include "train/trainer.h"

namespace seq::classifier {
namespace {

using classify::EncodedExamples;

/// The figures of a log line: numbers alone.
Json figures(Json scores) {
  scores.erase("count");
  scores.erase("labels");
  scores.erase("confusion");
  return scores;
}

void train_run(const Config& config, RunFolder& run, const Session& session,
               const std::function<TextFeatures()>& prepare) {
  const InterruptionGuard interruption;
  const c10::Device device = set_up_torch(config);
  const auto options = model_options<ClassifierOptions>(config);
  std::optional<TokenVectors> vectors;
  const bool begun = run.resumed() && fs::exists(run.checkpoint("last"));  // then they are in it
  if (!options.embedding.from.empty() && !begun) vectors.emplace(options.embedding, options.token_vector_size());
  const TextFeatures features = prepare();
  RecurrentModel model(config, features);
  if (vectors) vectors->fill(model.vectors(), features.tokenizer->vocabulary(), *session.log);
  vectors.reset();
  place(model.net(), config, device);
  save_words(features, run);

  const auto part = [&](const char* name) {
    return std::make_shared<const EncodedExamples>(run.tokens(name), features.layout());
  };
  const auto examples = part("train");
  const auto training = training_texts(examples, features, config.train.batch_size, static_cast<uint64_t>(config.seed));
  std::unique_ptr<train::Batches> validation;
  if (std::find(features.parts.begin(), features.parts.end(), "valid") != features.parts.end())
    validation = evaluation_texts(part("valid"), features, config.eval.batch_size);
  train::Job job(model, *training);
  job.validation = validation.get();
  job.metrics = [&](const train::Evaluation&) { return figures(model.take_scores()); };
  job.device = device;
  job.unit = "texts";
  int64_t parameters = 0;
  for (const auto& parameter : model.net().parameters()) parameters += parameter.numel();
  session.log->info("{}: {} parameters, {} training texts", options.encoder, parameters, examples->size());
  train::Trainer(job, config.train, run, *session.log).run(session.show_progress);
}

Json evaluate_run(const LoadedRun& run, const Session& session, const TextFeatures& features,
                  std::shared_ptr<const EncodedExamples> examples) {
  const c10::Device device = set_up_torch(run.config);
  RecurrentModel model(run.config, features);
  place(model.net(), run.config, device);
  load_run_weights(model.net(), run);
  const auto batches = evaluation_texts(std::move(examples), features, run.config.eval.batch_size);
  Progress progress("evaluation", batches->batches_per_pass(), session.show_progress);
  train::evaluate(model, *batches, device, &progress);
  return model.take_scores();
}

void predict_run(const LoadedRun& run, const Session& session, const TextFeatures& features,
                 const PredictRequest& request, const std::string& in, std::ostream& out) {
  const at::NoGradGuard no_gradients;
  const c10::Device device = set_up_torch(run.config);
  RecurrentModel model(run.config, features);
  place(model.net(), run.config, device);
  load_run_weights(model.net(), run);
  model.net().eval();
  predict_lines(model, features, {request, run.config.eval.batch_size, thread_count(run.config.threads), device},
                session, in, out);
}

}  // namespace

TensorVerbs recurrent_verbs() {
  return {train_run, evaluate_run, predict_run};
}

}  // namespace seq::classifier

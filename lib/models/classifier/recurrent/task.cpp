// Training by the common trainer; evaluation and answers in batches of similar length.
// B = texts
#include "models/classifier/recurrent/task.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "base/memory.h"
#include "classify/predictions_builder.h"
#include "models/classifier/recurrent/batches.h"
#include "models/classifier/recurrent/memory.h"
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

/// Tokens of each.
std::vector<int64_t> lengths_of(const EncodedExamples& examples) {
  std::vector<int64_t> lengths(static_cast<size_t>(examples.size()));
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = examples.length(static_cast<int64_t>(i));
  return lengths;
}

/// The answer to one text of a part, for the attention on it.
classify::Evidence evidence(RecurrentModel& model, const TextFeatures& features, const EncodedExamples& examples,
                            int64_t index, const std::string& text, c10::Device device) {
  classify::Evidence evidence{.text = text};
  if (features.options.pooling != "attention") return evidence;
  classify::EncodedExample example;
  read_example(examples, index, features.options, example);
  const Answered answered =
      model.answer(train::on_device(pack_texts({example}, {index}, features.labels.size()), device));
  const auto* weights = answered.attention.const_data_ptr<float>();
  evidence.attention.assign(weights, weights + answered.attention.numel());
  for (const uint32_t id : example.features)
    evidence.tokens.emplace_back(features.tokenizer->vocabulary().token(static_cast<int32_t>(id)));
  return evidence;
}

/// Writes run.predictions(): how the weights that are kept answer the validation part.
void record_predictions(RecurrentModel& model, const TextFeatures& features,
                        const std::shared_ptr<const EncodedExamples>& examples, const Config& config,
                        const RunFolder& run, const Session& session) {
  constexpr const char* kPart = "valid";
  const at::NoGradGuard no_gradients;
  const c10::Device device(config.device);
  load_run_weights(model.net(), {run, config});
  model.net().eval();
  model.prepare();
  classify::PredictionsBuilder builder(kPart, features.labels, features.options.multi_label);
  const auto batches = evaluation_texts(examples, features, config.eval.batch_size);
  batches->start_pass(0, 0);
  const auto labels = static_cast<size_t>(features.labels.size());
  classify::EncodedExample example;
  for (train::Batch batch; batches->next(batch);) {
    const Answered answered = model.answer(train::on_device(batch, device));
    const auto* probabilities = answered.probabilities.const_data_ptr<float>();
    for (int64_t b = 0; b < batch.count; ++b, probabilities += labels) {
      const int64_t index = batch["order"].const_data_ptr<int64_t>()[b];
      read_example(*examples, index, features.options, example);
      builder.add(index, {probabilities, labels}, example.labels);
    }
  }
  read_texts(config, session, kPart, builder.mistakes(), [&](int64_t index, const std::string& text) {
    builder.describe(index, evidence(model, features, *examples, index, text, device));
  });
  write_predictions(run.predictions(), builder.finish());
}

void train_run(const Config& config, RunFolder& run, const Session& session,
               const std::function<TextFeatures()>& prepare) {
  const InterruptionGuard interruption;
  const c10::Device device = set_up_torch(config);
  const auto options = model_options<ClassifierOptions>(config);
  std::optional<TokenVectors> vectors;
  if (!options.embedding.from.empty() && !run.has_begun())  // a checkpoint has them
    vectors.emplace(options.embedding, options.token_vector_size(), "embedding_size");
  const TextFeatures features = prepare();
  RecurrentModel model(config, features);
  const Tensor& table = model.vectors();
  if (vectors)
    vectors->fill({table.mutable_data_ptr<float>(), table.stride(0)}, features.tokenizer->vocabulary(), *session.log);
  vectors.reset();
  place(model.net(), config, device);
  save_words(features, run);

  const auto part = [&](const char* name) {
    return std::make_shared<const EncodedExamples>(run.tokens(name), features.layout());
  };
  const auto examples = part("train");
  if (device.is_cpu()) check_memory(options, lengths_of(*examples), config.train.batch_size, physical_memory());
  const auto training = training_texts(examples, features, config.train.batch_size, static_cast<uint64_t>(config.seed));
  std::shared_ptr<const EncodedExamples> valid;
  std::unique_ptr<train::Batches> validation;
  if (std::find(features.parts.begin(), features.parts.end(), "valid") != features.parts.end()) {
    valid = part("valid");
    validation = evaluation_texts(valid, features, config.eval.batch_size, [&] { model.forget_scores(); });
  }
  train::Job job(model, *training);
  job.validation = validation.get();
  job.metrics = [&](const train::Evaluation&) { return figures(model.scores()); };
  job.device = device;
  job.unit = "texts";
  int64_t parameters = 0;
  for (const auto& parameter : model.net().parameters()) parameters += parameter.numel();
  session.log->info("{}: {} parameters, {} training texts", options.encoder, parameters, examples->size());
  train::Trainer(job, config.train, run, *session.log).run(session.show_progress);
  if (valid != nullptr) record_predictions(model, features, valid, config, run, session);
}

Json evaluate_run(const LoadedRun& run, const Session& session, const TextFeatures& features,
                  std::shared_ptr<const EncodedExamples> examples) {
  const c10::Device device = set_up_torch(run.config);
  RecurrentModel model(run.config, features);
  place(model.net(), run.config, device);
  load_run_weights(model.net(), run);
  model.prepare();
  const auto batches = evaluation_texts(std::move(examples), features, run.config.eval.batch_size);
  Progress progress("evaluation", batches->batches_per_pass(), session.show_progress);
  train::evaluate(model, *batches, device, &progress);
  return model.scores();
}

void predict_run(const LoadedRun& run, const Session& session, const TextFeatures& features,
                 const PredictRequest& request, const std::string& in, std::ostream& out) {
  const at::NoGradGuard no_gradients;
  const c10::Device device = set_up_torch(run.config);
  RecurrentModel model(run.config, features);
  place(model.net(), run.config, device);
  load_run_weights(model.net(), run);
  model.net().eval();
  model.prepare();
  predict_lines(model, features, {request, run.config.eval.batch_size, thread_count(run.config.threads), device},
                session, in, out);
}

}  // namespace

TensorVerbs recurrent_verbs() {
  return {train_run, evaluate_run, predict_run};
}

}  // namespace seq::classifier

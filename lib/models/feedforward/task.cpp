// train, eval and predict of feed-forward networks.
// R = rows, C = input columns, K = classes
#include "models/feedforward/task.h"

#include <fmt/format.h>

#include "classify/scores.h"
#include "models/feedforward/data.h"
#include "models/feedforward/model.h"
#include "models/feedforward/pictures.h"
#include "models/feedforward/predict.h"
#include "models/setup.h"
#include "nn/tensor_file.h"
#include "run/interruption.h"
#include "train/trainer.h"

namespace seq {
namespace {

using feedforward::Data;
using feedforward::FeedforwardModel;
using feedforward::Tensors;

at::ScalarType scalar_type(const Config& config) {
  return config.train.precision == "fp64" ? at::kDouble : at::kFloat;
}

Tensors tensors_of(const numeric::Part& part, const numeric::Columns& columns, const Config& config) {
  Tensors tensors = feedforward::to_tensors(part, columns, scalar_type(config));
  const c10::Device device(config.device);
  return {tensors.inputs.to(device), tensors.targets.to(device)};
}

/// A batch of one row has no spread to normalise by.
void check_batches(const Config& config, const FeedforwardOptions& options, int64_t rows) {
  const int64_t size = config.train.batch_size;
  if (options.batch_norm && (size == 1 || rows % size == 1))
    throw Error(
        fmt::format("train.batch_size: {} leaves a batch of one row ({} rows to train on), which "
                    "model.batch_norm cannot normalise (take another size)",
                    size, rows));
}

Json metrics_of(const train::Evaluation& evaluation, bool classes) {
  Json metrics = {{"loss", evaluation.loss()}};
  if (classes) metrics["accuracy"] = evaluation.accuracy();
  return metrics;
}

/// The weights of a network small enough to be read by eye.
void log_weights(const torch::nn::Module& net, Log& log) {
  constexpr int64_t kMost = 16;
  int64_t count = 0;
  for (const at::Tensor& parameter : net.parameters()) count += parameter.numel();
  if (count > kMost) return;
  for (const auto& parameter : net.named_parameters()) {
    const at::Tensor values = parameter.value().detach().to(at::kCPU, at::kDouble).contiguous();
    const double* first = values.const_data_ptr<double>();
    log.info("{}: {:.6g}", parameter.key(), fmt::join(first, first + values.numel(), " "));
  }
}

void train_network(const Config& config, RunFolder& run, const Session& session) {
  const InterruptionGuard interruption;  // large files take a while to read
  const c10::Device device = set_up_torch(config);
  const Data data = feedforward::load_data(config, std::nullopt);
  FeedforwardModel model(config, data.columns);
  place(model.net(), config, device);
  const numeric::Part& rows = data.parts.at("train");
  check_batches(config, model.options(), rows.rows);
  run.record_data(unchanged_data(feedforward::fingerprints(config), run));
  data.columns.write(run.columns());

  const Tensors known = tensors_of(rows, data.columns, config);
  const bool shuffled = config.data.numeric.order == "shuffled";
  const auto training =
      train::row_batches(known.inputs, known.targets, config.train.batch_size,
                         shuffled ? std::optional<uint64_t>(static_cast<uint64_t>(config.seed)) : std::nullopt);
  std::unique_ptr<train::Batches> validation;
  if (const auto part = data.parts.find("valid"); part != data.parts.end()) {
    const Tensors held_out = tensors_of(part->second, data.columns, config);
    validation = train::row_batches(held_out.inputs, held_out.targets, config.eval.batch_size, std::nullopt);
  }
  if (model.options().init == "least_squares") model.network()->solve(known.inputs, known.targets);

  train::Job job(model, *training);
  job.validation = validation.get();
  job.metrics = [&](const train::Evaluation& one) { return metrics_of(one, model.answers_with_classes()); };
  job.untrained_loss = model.untrained_loss();
  job.unit = "rows";
  job.device = device;
  int64_t parameters = 0;
  for (const auto& parameter : model.net().parameters()) parameters += parameter.numel();
  session.log->info(
      "feedforward: {} parameters, {} inputs, {}, {} rows to train on", parameters, data.columns.count(),
      model.answers_with_classes() ? fmt::format("{} classes", data.columns.classes().size()) : "a number to predict",
      rows.rows);
  train::Trainer trainer(job, config.train, run, *session.log);
  trainer.run(session.show_progress);
  nn::load_weights(model.net(), nn::to_tensors(SafetensorsFile(run.model())), run.model().string());  // the best
  log_weights(model.net(), *session.log);
  feedforward::write_pictures(model, data, config, run);
}

/// A trained network and its columns.
struct LoadedNetwork {
  numeric::Columns columns;
  std::unique_ptr<FeedforwardModel> model;

  static LoadedNetwork from(const LoadedRun& run) {
    const c10::Device device = set_up_torch(run.config);
    numeric::Columns columns = numeric::Columns::read(run.folder.columns());
    auto model = std::make_unique<FeedforwardModel>(run.config, columns);
    place(model->net(), run.config, device);
    load_run_weights(model->net(), run);
    model->net().eval();
    return {std::move(columns), std::move(model)};
  }
};

numeric::Part part_to_evaluate(const LoadedRun& run, const EvalRequest& request, const numeric::Columns& columns) {
  if (!request.file.empty()) return feedforward::load_file(request.file, run.config, columns);
  if (feedforward::fingerprints(run.config) != run.folder.recorded_data())
    throw Error(run.folder.path().string() + ": the data have changed since training (restore them, or give --file)");
  Data data = feedforward::load_data(run.config, columns);
  const auto part = data.parts.find(request.split);
  if (part == data.parts.end())
    throw Error(run.folder.path().string() + ": the run has no " + request.split +
                " part (choose another --split, or give --file)");
  return std::move(part->second);
}

/// All figures about classes, from the probability that each row's answer gives them.
Json class_metrics(FeedforwardModel& model, train::Batches& batches, const std::vector<std::string>& names) {
  const classify::Labels labels(names);
  classify::Scores scores(labels, /*multi_label=*/false);
  batches.start_pass(0, 0);
  for (train::Batch batch; batches.next(batch);) {
    const at::Tensor answers = model.answers(batch["inputs"]).to(at::kCPU, at::kFloat).contiguous();  // [B, K]
    const at::Tensor targets = batch["targets"].to(at::kCPU, at::kInt).contiguous();                  // [B]
    const auto classes = static_cast<size_t>(answers.size(1));
    for (int64_t row = 0; row < batch.count; ++row)
      scores.add({answers.const_data_ptr<float>() + row * answers.size(1), classes},
                 {targets.const_data_ptr<int32_t>() + row, 1}, 0);
  }
  return scores.metrics();
}

Json evaluate_network(const LoadedRun& run, const EvalRequest& request, const Session& session) {
  if (!request.invalid_utf8.empty())
    throw Error("--invalid-utf8: a feedforward reads numbers, not text (leave it out)");
  const LoadedNetwork loaded = LoadedNetwork::from(run);
  const numeric::Part part = part_to_evaluate(run, request, loaded.columns);
  const Tensors rows = tensors_of(part, loaded.columns, run.config);
  const auto batches = train::row_batches(rows.inputs, rows.targets, run.config.eval.batch_size, std::nullopt);
  Progress progress("evaluation", batches->batches_per_pass(), session.show_progress);
  const train::Evaluation evaluation = train::evaluate(*loaded.model, *batches, rows.inputs.device(), &progress);
  if (!loaded.model->answers_with_classes()) return {{"loss", evaluation.loss()}, {"count", evaluation.count}};
  Json metrics = class_metrics(*loaded.model, *batches, loaded.columns.classes());
  metrics["loss"] = evaluation.loss();
  return metrics;
}

void predict_rows(const LoadedRun& run, const PredictRequest& request, const Session& session, const std::string& in,
                  std::ostream& out) {
  const LoadedNetwork loaded = LoadedNetwork::from(run);
  if (request.top_k > 1 && !loaded.model->answers_with_classes())
    throw Error("--top-k: the answer is a number, there is one of it (leave it out)");
  const auto answer = [&](const numeric::Part& rows) {
    return loaded.model->answers(tensors_of(rows, loaded.columns, run.config).inputs).to(at::kCPU, at::kDouble);
  };
  feedforward::predict_lines(loaded.columns, answer, request, *session.log, in, out);
}

}  // namespace

ModelVerbs feedforward_verbs() {
  ModelVerbs verbs;
  verbs.train = train_network;
  verbs.metrics = {"loss", "count", "accuracy", "precision", "recall", "f1", "auc", "calibration_error"};
  verbs.evaluate = evaluate_network;
  verbs.predict = predict_rows;
  return verbs;
}

}  // namespace seq

// Training and evaluation of the scalar linear RNN on files of number series.
#include "models/scalar_rnn/task.h"

#include "models/scalar_rnn/net.h"
#include "models/setup.h"
#include "text/corpus.h"
#include "text/series.h"
#include "train/trainer.h"

namespace seq {
namespace {

class ScalarRnnModel : public train::Model {
 public:
  explicit ScalarRnnModel(const Config& config) : net_(model_options<ScalarRnnOptions>(config)) {}

  torch::nn::Module& net() override { return *net_; }

  train::Loss loss(const train::Batch& batch, train::State&) override {
    return net_->loss(batch["inputs"], batch["targets"]);
  }

 private:
  ScalarRnn net_;
};

/// The examples of some files, in order.
std::unique_ptr<train::Batches> read_batches(const std::vector<std::string>& files, int64_t batch_size) {
  std::vector<Series> examples;
  for (const std::string& file : files)
    for (Series& example : read_series(file)) examples.push_back(std::move(example));
  return train::series_batches(std::move(examples), batch_size);
}

Json series_metrics(const train::Evaluation& evaluation) {
  return {{"loss", evaluation.loss()}, {"count", evaluation.count}};
}

void require_files(const Config& config) {
  if (config.data.train.empty()) throw Error("data.train: missing (a file of lines `0101<TAB>2`)");
  if (!config.data.corpus.empty()) throw Error("data.corpus: a scalar_rnn reads data.train (lines `0101<TAB>2`)");
}

void train_on_series(const Config& config, RunFolder& run, const Session& session) {
  const c10::Device device = set_up_torch(config);
  require_files(config);
  ScalarRnnModel model(config);
  model.net().to(device);
  const auto training = read_batches(config.data.train, config.train.batch_size);
  std::unique_ptr<train::Batches> validation;
  if (!config.data.valid.empty()) validation = read_batches(config.data.valid, config.eval.batch_size);
  run.record_data(unchanged_data(config, run));

  train::Job job(model, *training);
  job.validation = validation.get();
  job.metrics = series_metrics;
  job.device = device;
  train::Trainer trainer(job, config.train, run, *session.log);
  trainer.run(session.show_progress);
  for (const auto& parameter : model.net().named_parameters())
    session.log->info("{} = {:.6f}", parameter.key(), parameter.value().item<double>());
}

Json evaluate_on_series(const LoadedRun& run, const EvalRequest& request, const Session& session) {
  if (!request.invalid_utf8.empty()) throw Error("--invalid-utf8: a scalar_rnn reads numbers, not text (leave it out)");
  const c10::Device device = set_up_torch(run.config);
  ScalarRnnModel model(run.config);
  model.net().to(device);
  load_run_weights(model.net(), run);
  const DataOptions& data = run.config.data;
  const std::vector<std::string> files = !request.file.empty()      ? std::vector<std::string>{request.file}
                                         : request.split == "train" ? data.train
                                         : request.split == "valid" ? data.valid
                                                                    : data.test;
  if (files.empty())
    throw Error(run.folder.path().string() + ": the run has no " + request.split +
                " part (choose another --split, or give --file SERIES)");
  const auto batches = read_batches(files, run.config.eval.batch_size);
  Progress progress("evaluation", batches->batches_per_pass(), session.show_progress);
  return series_metrics(train::evaluate(model, *batches, device, &progress));
}

}  // namespace

ModelVerbs scalar_rnn_verbs() {
  ModelVerbs verbs;
  verbs.train = train_on_series;
  verbs.metrics = {"loss", "count"};
  verbs.evaluate = evaluate_on_series;
  return verbs;
}

}  // namespace seq

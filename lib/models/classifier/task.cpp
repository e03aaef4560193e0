// train, eval and predict of classifiers.
#include "models/classifier/task.h"

#include <fmt/format.h>

#include <ostream>

#include "base/error.h"
#include "base/ordered_work.h"
#include "base/parallel.h"
#include "models/classifier/answers.h"
#include "models/classifier/bag_model.h"
#include "models/classifier/record.h"
#include "models/run_data.h"
#include "run/interruption.h"

namespace seq {
namespace {

using classify::Bag;
using classify::EncodedExample;

/// Whether the encoder is one that LibTorch runs.
bool by_tensors(const Config& config) {
  return config.model.at("encoder") != "bag";
}

void train(const Config& config, RunFolder& run, const Session& session, const classifier::TensorVerbs& tensors) {
  const Json fingerprints = unchanged_data(config, run);
  const auto prepared = [&] {
    classifier::TextFeatures features = classifier::is_prepared(run) ? classifier::load_features(config, run)
                                                                     : classifier::prepare(config, run, session);
    run.record_data(fingerprints);
    fs::remove(run.predictions());  // of weights that are about to change
    return features;
  };
  if (by_tensors(config)) return tensors.train(config, run, session, prepared);
  if (!config.train.max_epochs) throw Error("train.max_epochs: a bag needs this limit");
  const auto options = model_options<ClassifierOptions>(config);
  std::optional<TokenVectors> vectors;
  if (!options.embedding.from.empty() && !run.has_begun())  // a checkpoint has them
    vectors.emplace(options.embedding, options.token_vector_size(), "hidden_size");
  const classifier::TextFeatures features = prepared();
  {
    classifier::BagModel model(config, run, features, vectors ? &*vectors : nullptr, *session.log);
    vectors.reset();
    train_chunks(model, config, run, session, "texts");
  }
  classifier::record_predictions(config, run, features, session);
}

/// The bag of a trained run.
Bag load_trained(const LoadedRun& run, const classifier::TextFeatures& features) {
  const fs::path file = run.checkpoint.empty() ? run.folder.model() : run.folder.existing_checkpoint(run.checkpoint);
  if (!fs::exists(file)) throw Error(run.folder.path().string() + ": no model yet (train it with --resume)");
  return classifier::load_bag(features, file);
}

Json evaluate(const LoadedRun& run, const EvalRequest& request, const Session& session,
              const classifier::TensorVerbs& tensors) {
  const InterruptionGuard guard;  // so that the temporary file is removed
  const classifier::TextFeatures features = classifier::load_features(run.config, run.folder);
  fs::path encoded = run.folder.tokens(request.split);
  std::optional<TemporaryFile> temporary;
  if (!request.file.empty()) {
    temporary.emplace("seqtool-eval");
    encoded = temporary->path();
    Config config = run.config;
    if (!request.invalid_utf8.empty()) config.tokenizer.invalid_utf8 = request.invalid_utf8;
    classify::EncodedWriter out(encoded, features.layout());
    classifier::encode_examples(request.file, config, features, out);
    if (out.size() == 0) throw Error(request.file + ": no examples in it");
    out.finish();
  } else if (!fs::exists(encoded)) {
    throw Error(fmt::format("{}: no {} part (give --file, or train with data.{} or a share in data.split)",
                            run.folder.path().string(), request.split, request.split));
  }
  const auto examples = std::make_shared<const classify::EncodedExamples>(encoded, features.layout());
  if (by_tensors(run.config)) return tensors.evaluate(run, session, features, examples);
  return classifier::evaluate_bag(load_trained(run, features), features, *examples, thread_count(run.config.threads));
}

/// Answers of one thread.
class Answers {
 public:
  Answers(const Bag& bag, const classifier::TextFeatures& features, const PredictRequest& request)
      : bag_(bag),
        writer_(features, request),
        maker_(features.maker()),
        work_(bag),
        probabilities_(static_cast<size_t>(features.labels.size())) {}

  void add(std::string_view text, std::string& out) {
    maker_.make(text, example_.features);
    bag_.probabilities(example_, probabilities_, work_);
    writer_.add(probabilities_, {{"features", example_.features.size()}}, out);
  }

 private:
  const Bag& bag_;
  classifier::AnswerWriter writer_;
  classify::FeatureMaker maker_;
  Bag::Workspace work_;
  std::vector<float> probabilities_;
  EncodedExample example_;
};

/// Some lines on their way through.
struct Block {
  std::vector<std::string> lines;
  int64_t first_line = 0;
  std::string answers;
  std::vector<std::string> warnings;
};

void answer(Block& block, Answers& answers) {
  block.answers.clear();
  block.warnings.clear();
  for (size_t i = 0; i < block.lines.size(); ++i) {
    const std::string& line = block.lines[i];
    const int64_t number = block.first_line + static_cast<int64_t>(i);
    if (std::string warning = classifier::refusal(line, number); !warning.empty()) {
      block.warnings.push_back(std::move(warning));
      block.answers += '\n';
      continue;
    }
    const size_t before = block.answers.size();
    try {
      answers.add(line, block.answers);
    } catch (const UnknownCharacter& error) {
      block.warnings.push_back(classifier::refusal(error, number));
      block.answers.resize(before);
      block.answers += '\n';
    }
  }
}

void predict(const LoadedRun& run, const PredictRequest& request, const Session& session, const std::string& in,
             std::ostream& out, const classifier::TensorVerbs& tensors) {
  constexpr size_t kLines = 256, kBytes = 1 << 20;  // of a block
  const classifier::TextFeatures features = classifier::load_features(run.config, run.folder);
  if (by_tensors(run.config)) return tensors.predict(run, session, features, request, in, out);
  const Bag bag = load_trained(run, features);
  const bool unbuffered = (out.flags() & std::ios::unitbuf) != 0;  // somebody types and waits for the answer
  const auto threads = static_cast<size_t>(unbuffered ? 1 : thread_count(run.config.threads));
  std::vector<std::unique_ptr<Answers>> answers;
  for (size_t i = 0; i < threads; ++i) answers.push_back(std::make_unique<Answers>(bag, features, request));
  LineReader lines(in);
  run_ordered<Block>(
      threads,
      [&](Block& block) {
        block.lines.clear();
        block.first_line = lines.number() + 1;
        size_t bytes = 0;
        for (std::string_view line;
             block.lines.size() < (unbuffered ? 1 : kLines) && bytes < kBytes && lines.next(line);) {
          block.lines.emplace_back(line);
          bytes += line.size();
        }
        return !block.lines.empty();
      },
      [&](Block& block, size_t thread) { answer(block, *answers[thread]); },
      [&](const Block& block) {
        for (const std::string& warning : block.warnings) session.log->warn(warning);
        out << block.answers;
        if (!out) throw RunError("stdout: cannot be written");
      });
  out.flush();
}

}  // namespace

ModelVerbs classifier_verbs(const classifier::TensorVerbs& tensors) {
  ModelVerbs verbs;
  verbs.train = [tensors](const Config& config, RunFolder& run, const Session& session) {
    train(config, run, session, tensors);
  };
  if (!tensors.train) verbs.needs_torch = by_tensors;
  verbs.metrics = {"loss", "count", "accuracy", "precision", "recall", "f1", "f1_micro", "auc", "calibration_error"};
  verbs.evaluate = [tensors](const LoadedRun& run, const EvalRequest& request, const Session& session) {
    return evaluate(run, request, session, tensors);
  };
  verbs.predict = [tensors](const LoadedRun& run, const PredictRequest& request, const Session& session,
                            const std::string& in,
                            std::ostream& out) { predict(run, request, session, in, out, tensors); };
  return verbs;
}

}  // namespace seq

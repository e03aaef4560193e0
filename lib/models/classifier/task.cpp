// train, eval and predict of classifiers.
#include "models/classifier/task.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <ostream>

#include "base/error.h"
#include "base/ordered_work.h"
#include "base/parallel.h"
#include "models/classifier/bag_model.h"
#include "models/classifier/record.h"
#include "models/run_data.h"

namespace seq {
namespace {

using classify::Bag;
using classify::EncodedExample;

void train(const Config& config, RunFolder& run, const Session& session) {
  if (!config.train.max_epochs) throw Error("train.max_epochs: a classifier needs this limit");
  const Json fingerprints = unchanged_data(config, run);
  const classifier::TextFeatures features =
      classifier::is_prepared(run) ? classifier::load_features(config, run) : classifier::prepare(config, run, session);
  run.record_data(fingerprints);
  fs::remove(run.predictions());  // of weights that are about to change
  {
    classifier::BagModel model(config, run, features);
    train_chunks(model, config, run, session, "texts");
  }
  classifier::record_predictions(config, run, features, session);
}

/// A trained classifier.
struct Classifier {
  classifier::TextFeatures features;
  Bag bag;

  static Classifier load(const LoadedRun& run) {
    const fs::path file = run.checkpoint.empty() ? run.folder.model() : run.folder.existing_checkpoint(run.checkpoint);
    if (!fs::exists(file)) throw Error(run.folder.path().string() + ": no model yet (train it with --resume)");
    classifier::TextFeatures features = classifier::load_features(run.config, run.folder);
    Bag bag = classifier::load_bag(features, file);
    return {std::move(features), std::move(bag)};
  }
};

Json evaluate(const LoadedRun& run, const EvalRequest& request, const Session&) {
  const Classifier model = Classifier::load(run);
  fs::path encoded = run.folder.tokens(request.split);
  std::optional<TemporaryFile> temporary;
  if (!request.file.empty()) {
    temporary.emplace("seqtool-eval");
    encoded = temporary->path();
    Config config = run.config;
    if (!request.invalid_utf8.empty()) config.tokenizer.invalid_utf8 = request.invalid_utf8;
    classify::EncodedWriter out(encoded, model.features.layout());
    classifier::encode_examples(request.file, config, model.features, out);
    if (out.size() == 0) throw Error(request.file + ": no examples in it");
    out.finish();
  } else if (!fs::exists(encoded)) {
    throw Error(fmt::format("{}: no {} part (give --file, or train with data.{} or a share in data.split)",
                            run.folder.path().string(), request.split, request.split));
  }
  return classifier::evaluate_bag(model.bag, model.features,
                                  classify::EncodedExamples(encoded, model.features.layout()),
                                  thread_count(run.config.threads));
}

/// The answer for one text, as a line.
class Answers {
 public:
  Answers(const Classifier& model, const PredictRequest& request)
      : model_(model),
        request_(request),
        maker_(model.features.maker()),
        work_(model.bag),
        probabilities_(static_cast<size_t>(model.features.labels.size())) {}

  void add(std::string_view text, std::string& out) {
    maker_.make(text, example_.features);
    model_.bag.probabilities(example_, probabilities_, work_);
    order_.resize(probabilities_.size());
    std::iota(order_.begin(), order_.end(), 0);
    const auto more = [&](int32_t a, int32_t b) { return probability(a) > probability(b); };
    std::stable_sort(order_.begin(), order_.end(), more);
    size_t given = std::min(order_.size(), static_cast<size_t>(request_.top_k));
    if (model_.features.options.multi_label && request_.top_k == 1) {  // all that hold
      given = 0;
      while (given < order_.size() && probability(order_[given]) >= 0.5F) ++given;
    }
    request_.json ? add_json(given, out) : add_columns(given, out);
  }

 private:
  float probability(int32_t label) const { return probabilities_[static_cast<size_t>(label)]; }

  void add_columns(size_t given, std::string& out) const {
    for (size_t i = 0; i < given; ++i)
      fmt::format_to(std::back_inserter(out), "{}{}\t{:.6f}", i == 0 ? "" : "\t",
                     model_.features.labels.name(order_[i]), probability(order_[i]));
    out += '\n';
  }

  void add_json(size_t given, std::string& out) const {
    Json answers = Json::array();
    for (size_t i = 0; i < given; ++i)
      answers.push_back({{"label", model_.features.labels.name(order_[i])},
                         {"probability", static_cast<double>(probability(order_[i]))}});
    out += Json{{"labels", answers}, {"features", example_.features.size()}}.dump();
    out += '\n';
  }

  const Classifier& model_;
  const PredictRequest& request_;
  classify::FeatureMaker maker_;
  Bag::Workspace work_;
  std::vector<float> probabilities_;
  std::vector<int32_t> order_;
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
    std::string& line = block.lines[i];
    if (const size_t bad = find_invalid_utf8(line); bad != std::string::npos) {
      block.warnings.push_back(fmt::format("line {}: not valid UTF-8 (0x{:02x}): no answer",
                                           block.first_line + static_cast<int64_t>(i),
                                           static_cast<unsigned char>(line[bad])));
      block.answers += '\n';
      continue;
    }
    const size_t before = block.answers.size();
    try {
      answers.add(line, block.answers);
    } catch (const UnknownCharacter& error) {
      block.warnings.push_back(
          fmt::format("line {}: {}: no answer", block.first_line + static_cast<int64_t>(i), error.what()));
      block.answers.resize(before);
      block.answers += '\n';
    }
  }
}

void predict(const LoadedRun& run, const PredictRequest& request, const Session& session, const std::string& in,
             std::ostream& out) {
  constexpr size_t kLines = 256, kBytes = 1 << 20;  // of a block
  const Classifier model = Classifier::load(run);
  const bool unbuffered = (out.flags() & std::ios::unitbuf) != 0;  // somebody types and waits for the answer
  const auto threads = static_cast<size_t>(unbuffered ? 1 : thread_count(run.config.threads));
  std::vector<std::unique_ptr<Answers>> answers;
  for (size_t i = 0; i < threads; ++i) answers.push_back(std::make_unique<Answers>(model, request));
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

ModelVerbs classifier_verbs() {
  ModelVerbs verbs;
  verbs.train = train;
  verbs.metrics = {"loss", "count", "accuracy", "precision", "recall", "f1", "f1_micro", "auc", "calibration_error"};
  verbs.evaluate = evaluate;
  verbs.predict = predict;
  return verbs;
}

}  // namespace seq

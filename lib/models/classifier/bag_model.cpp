// Weights to tensors and back; chunks of examples in an order that is new in each pass.
#include "models/classifier/bag_model.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "vectors/train/table_tensors.h"

namespace seq::classifier {
namespace {

using classify::Bag;
using classify::EncodedExample;

constexpr int64_t kChunk = 64;                              // examples
constexpr uint64_t kInitial = 1, kOrder = 2, kDropout = 3;  // streams of random numbers

}  // namespace

Bag make_bag(const TextFeatures& features, uint64_t seed) {
  Bag bag(features.options, features.layout().features, features.labels.size(), seed);
  bag.idf = features.idf;
  bag.class_weights = features.class_weights();
  return bag;
}

void write_bag(const fs::path& path, Bag& bag, int64_t words, const std::map<std::string, std::string>& metadata) {
  const int64_t size = bag.features().dimension();
  const vectors::PackedTable features(bag.features()), outputs(bag.outputs());
  const auto of_words = static_cast<size_t>(words * size);
  std::map<std::string, TensorBytes> tensors = {
      {"vectors", vectors::as_tensor(features.values().first(of_words), size)},
      {"outputs", vectors::as_tensor(outputs.values(), size)},
      {"bias", vectors::as_tensor(bag.bias())}};
  if (const auto ngrams = features.values().subspan(of_words); !ngrams.empty())
    tensors["word_ngrams"] = vectors::as_tensor(ngrams, size);
  write_safetensors(path, tensors, metadata);
}

void read_bag(const SafetensorsFile& file, const std::string& name, int64_t words, Bag& bag) {
  auto& table = bag.features();
  vectors::read_rows(file, "vectors", name, table, 0, words);
  if (table.rows() > words) vectors::read_rows(file, "word_ngrams", name, table, words, table.rows());
  vectors::read_rows(file, "outputs", name, bag.outputs());
  vectors::read_list(file, "bias", name, bag.bias());
}

Json evaluate_bag(const Bag& bag, const TextFeatures& features, const classify::EncodedExamples& examples,
                  int threads) {
  constexpr int64_t kMostProbabilities = 1 << 22;  // in memory
  const auto labels = static_cast<size_t>(features.labels.size());
  const int64_t block = std::max<int64_t>(1, kMostProbabilities / features.labels.size());
  classify::Scores scores(features.labels, features.options.multi_label);
  std::vector<float> probabilities;
  std::vector<double> losses;
  std::vector<EncodedExample> texts;
  for (int64_t first = 0; first < examples.size(); first += block) {
    const int64_t count = std::min(block, examples.size() - first);
    texts.resize(static_cast<size_t>(count));
    losses.resize(texts.size());
    probabilities.resize(texts.size() * labels);
    const auto of = [&](size_t i) { return std::span(probabilities).subspan(i * labels, labels); };
    parallel_ranges(count, threads, 256, [&](int64_t begin, int64_t end) {
      Bag::Workspace work(bag);
      for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
        read_example(examples, first + static_cast<int64_t>(i), features.options, texts[i]);
        losses[i] = bag.probabilities(texts[i], of(i), work);
        texts[i].features.clear();
      }
    });
    for (size_t i = 0; i < texts.size(); ++i) scores.add(of(i), texts[i].labels, losses[i]);
  }
  return scores.metrics();
}

BagModel::BagModel(const Config& config, RunFolder& run, const TextFeatures& features, const TokenVectors* vectors,
                   Log& log)
    : config_(config),
      run_(run),
      features_(features),
      train_(run.tokens("train"), features.layout()),
      bag_(make_bag(features, Random::derive(static_cast<uint64_t>(config.seed), kInitial))),
      order_(static_cast<size_t>(train_.size())) {
  if (std::find(features.parts.begin(), features.parts.end(), "valid") != features.parts.end())
    valid_.emplace(run.tokens("valid"), features.layout());
  const Vocabulary& vocabulary = features.tokenizer->vocabulary();
  if (vectors != nullptr) vectors->fill({bag_.features().row(0), bag_.features().stride()}, vocabulary, log);
  if (features.options.embedding.freeze) bag_.frozen = vocabulary.size();
  for (int thread = 0; thread < thread_count(config.threads); ++thread) work_.emplace_back(bag_);
}

int64_t BagModel::chunks() const {
  return (train_.size() + kChunk - 1) / kChunk;
}

void BagModel::shuffle(int64_t pass) {
  const std::lock_guard lock(mutex_);
  if (pass_ == pass) return;
  std::iota(order_.begin(), order_.end(), 0U);
  Random(Random::derive(static_cast<uint64_t>(config_.seed), kOrder, static_cast<uint64_t>(pass)))
      .shuffle(std::span(order_));
  pass_ = pass;
}

ChunkLoss BagModel::train(int64_t chunk, float rate, size_t thread) {
  shuffle(chunk / chunks());
  Bag::Workspace& work = work_[thread];
  work.random =
      vectors::FastRandom(Random::derive(static_cast<uint64_t>(config_.seed), kDropout, static_cast<uint64_t>(chunk)));
  const int64_t begin = chunk % chunks() * kChunk, end = std::min(begin + kChunk, train_.size());
  ChunkLoss loss{0, end - begin, end - begin};
  EncodedExample example;
  for (int64_t i = begin; i < end; ++i) {
    read_example(train_, order_[static_cast<size_t>(i)], features_.options, example);
    loss.sum += bag_.train(example, rate, work);
  }
  return loss;
}

int BagModel::threads() {
  return static_cast<int>(work_.size());
}

double BagModel::rate(double share) const {
  const TrainOptions& train = config_.train;
  return train.schedule.type == "linear" ? linear_rate(train, share) : train.learning_rate;
}

bool BagModel::finite() {
  return vectors::all_finite(bag_.features()) && vectors::all_finite(bag_.outputs()) &&
         vectors::all_finite(bag_.bias());
}

Json BagModel::evaluate() {
  if (!valid_) return Json::object();
  return evaluate_bag(bag_, features_, *valid_, threads());
}

void BagModel::save_best() {
  save_words(features_, run_);
  write_bag(run_.model(), bag_, features_.tokenizer->vocabulary().size(), {});
}

void BagModel::write_checkpoint(const fs::path& path, const std::map<std::string, std::string>& metadata) {
  write_bag(path, bag_, features_.tokenizer->vocabulary().size(), metadata);
}

void BagModel::read_checkpoint(const SafetensorsFile& file, const std::string& name) {
  read_bag(file, name, features_.tokenizer->vocabulary().size(), bag_);
}

}  // namespace seq::classifier

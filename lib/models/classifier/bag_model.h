// A bag-of-words classifier in a run folder: its weights on disk, and what chunked training asks of it.
#pragma once

#include <mutex>
#include <optional>

#include "classify/bag.h"
#include "classify/encoded.h"
#include "classify/scores.h"
#include "models/chunked_training.h"
#include "models/classifier/data.h"
#include "models/token_vectors.h"

namespace seq::classifier {

/// A fresh bag for some features, with the weights of labels that the options ask for.
classify::Bag make_bag(const TextFeatures& features, uint64_t seed);

/// Tensors of a weight file: `vectors` [V, H] of the words, `word_ngrams` [N, H], `outputs` [1 or L, H], `bias`.
/// Writing moves the rows together and back: nothing else may use the bag meanwhile. Reading throws Error when a tensor
/// does not fit.
void write_bag(const fs::path& path, classify::Bag& bag, int64_t words,
               const std::map<std::string, std::string>& metadata);
void read_bag(const SafetensorsFile& file, const std::string& name, int64_t words, classify::Bag& bag);

/// The scores of some encoded examples, on `threads`.
Json evaluate_bag(const classify::Bag& bag, const TextFeatures& features, const classify::EncodedExamples& examples,
                  int threads);

/// Training of a run.
class BagModel : public ChunkedModel {
 public:
  /// `vectors`: those that words begin with, if any; null for a run that goes on from a checkpoint.
  BagModel(const Config& config, RunFolder& run, const TextFeatures& features, const TokenVectors* vectors, Log& log);
  int64_t chunks() const override;
  int threads() override;
  double rate(double share) const override;
  ChunkLoss train(int64_t chunk, float rate, size_t thread) override;
  bool finite() override;
  Json evaluate() override;
  void save_best() override;
  void write_checkpoint(const fs::path& path, const std::map<std::string, std::string>& metadata) override;
  void read_checkpoint(const SafetensorsFile& file, const std::string& name) override;

 private:
  void shuffle(int64_t pass);

  const Config& config_;
  RunFolder& run_;
  const TextFeatures& features_;
  classify::EncodedExamples train_;
  std::optional<classify::EncodedExamples> valid_;
  classify::Bag bag_;
  std::vector<classify::Bag::Workspace> work_;  ///< by thread
  std::mutex mutex_;
  int64_t pass_ = -1;            ///< that order_ is of
  std::vector<uint32_t> order_;  ///< of the examples
};

}  // namespace seq::classifier

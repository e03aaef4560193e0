// Training without batches: passes in chunks of encoded data that threads take in turn and learn from without locks,
// with metrics, evaluation, best weights and checkpoints between them.
#pragma once

#include <optional>

#include "config/config.h"
#include "models/verbs.h"
#include "run/metrics.h"
#include "run/safetensors.h"

namespace seq {

/// A sum of losses in nats, the number of predictions that it is over, and how many units (words, texts) were read.
struct ChunkLoss {
  double sum = 0;
  int64_t count = 0;
  int64_t units = 0;
  ChunkLoss& operator+=(const ChunkLoss& other);
};

/// What the passes ask of a model. A chunk's number goes on over all passes: what is drawn for a chunk may depend on
/// it, hence training goes on at any chunk, and with one thread the result is the same to the bit.
class ChunkedModel {
 public:
  virtual ~ChunkedModel() = default;
  /// Chunks in a pass.
  virtual int64_t chunks() const = 0;
  /// How many threads may call train() at once; each gives its number, from 0. Called by one, before train().
  virtual int threads() = 0;
  /// `share` of all passes is done: the rate of what follows.
  virtual double rate(double share) const = 0;
  virtual ChunkLoss train(int64_t chunk, float rate, size_t thread) = 0;
  /// Whether all weights are finite numbers. Called between chunks, before anything below.
  virtual bool finite() = 0;
  /// What is known of the model as it is; an empty object where nothing is. The best is the one with the least `loss`,
  /// or else with the highest `accuracy`; without either the last.
  virtual Json evaluate() = 0;
  /// Writes the weights for use.
  virtual void save_best() = 0;
  /// Writes the weights to go on with, in one step.
  virtual void write_checkpoint(const fs::path& path, const std::map<std::string, std::string>& metadata) = 0;
  /// Throws Error when the file is another model's.
  virtual void read_checkpoint(const SafetensorsFile& file, const std::string& name) = 0;
};

/// Falls linearly over all passes to the fraction `train.schedule.final_fraction`, or to almost nothing, as in
/// word2vec.c.
double linear_rate(const TrainOptions& train, double share);

/// Trains to the last pass, from the run's last checkpoint if there is one. `unit` names what ChunkLoss counts. A
/// checkpoint is written at the end, when a signal came, and by train.checkpoint_every_…; the weights for use whenever
/// they are the best, or with each checkpoint where nothing tells which are.
/// Throws Interrupted after saving; RunError when the loss or a weight is no longer finite; Error when the checkpoint
/// does not fit.
void train_chunks(ChunkedModel& model, const Config& config, RunFolder& run, const Session& session,
                  const std::string& unit);

}  // namespace seq

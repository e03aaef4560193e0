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
  virtual ChunkLoss train(int64_t chunk, float rate, size_t thread) = 0;
  /// The metrics of the validation part, `loss` among them; an empty object where there is none.
  virtual Json evaluate() = 0;
  /// Writes the weights for use.
  virtual void save_best() = 0;
  /// Writes the weights to go on with, in one step. Throws RunError when they are no longer finite.
  virtual void write_checkpoint(const fs::path& path, const std::map<std::string, std::string>& metadata) = 0;
  /// Throws Error when the file is another model's.
  virtual void read_checkpoint(const SafetensorsFile& file, const std::string& name) = 0;
};

/// Where the rate stands after a share of all passes: `constant`, or `linear` down to almost nothing.
float scheduled_rate(const TrainOptions& train, double share);

/// Trains to the last pass, from the run's last checkpoint if there is one. `unit` names what ChunkLoss counts.
/// Throws Interrupted after saving; RunError when the loss is no longer finite; Error when the checkpoint does not fit.
void train_chunks(ChunkedModel& model, const Config& config, RunFolder& run, const Session& session,
                  const std::string& unit);

}  // namespace seq

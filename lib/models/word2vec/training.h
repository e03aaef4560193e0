// A word2vec run: passes over the encoded corpus in chunks that threads take in turn, with metrics, evaluation, best
// vectors and checkpoints between them.
#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "models/verbs.h"
#include "models/word2vec/named_files.h"
#include "models/word2vec/options.h"
#include "models/word2vec/updates.h"
#include "run/metrics.h"
#include "vectors/train/corpus.h"
#include "vectors/train/word2vec.h"

namespace seq::word2vec {

/// The section `model`.
Word2vecOptions options_of(const Config& config);

/// Trains and keeps what a run folder holds. A chunk is 8,192 ids; a window does not reach over its border.
/// What is drawn for a chunk follows from the seed, the pass and the chunk's number alone, so that training goes on
/// at any chunk; with one thread the result is the same to the bit.
class Training {
 public:
  /// Resumes where the run's last checkpoint stands, if there is one. Throws Error when it does not fit.
  Training(const Config& config, RunFolder& run, const Session& session, const vectors::CountedWords& words,
           NamedFiles files, const MakeUpdates& make_updates);
  /// To the last pass. Throws Interrupted after saving, RunError when vectors are no longer finite.
  void run();

 private:
  void start();
  bool out_of_patience() const;
  void run_chunks(int64_t end);
  void log_chunks();
  void evaluate();
  Json score();
  /// Throws RunError for vectors that are not finite, before they take the place of good ones.
  void check_finite() const;
  void save_vectors();
  void save_checkpoint();
  void load_checkpoint();
  float rate(int64_t chunk) const;
  double epoch() const { return static_cast<double>(chunk_) / static_cast<double>(chunks_); }
  double seconds() const;

  const Config& config_;
  const Word2vecOptions options_;
  RunFolder& run_;
  const Session& session_;
  const vectors::CountedWords& words_;
  NamedFiles files_;
  TokenFile tokens_;
  std::optional<TokenFile> valid_;
  vectors::Word2vec model_;
  std::unique_ptr<Updates> updates_;
  std::optional<MetricsLog> metrics_;
  int threads_;
  int update_threads_ = 1;
  int64_t chunks_;     ///< in a pass
  int64_t total_;      ///< in all passes of the run
  int64_t chunk_ = 0;  ///< done so far, over all passes
  int64_t evaluated_ = -1;
  /// What the next log line tells of.
  struct Logged {
    vectors::LossSum loss;
    int64_t chunks = 0;
    double seconds = 0;
  };
  Logged logged_;
  std::optional<double> best_;
  int64_t unimproved_ = 0;
  double earlier_seconds_ = 0;
  double start_;
  double saved_;
};

}  // namespace seq::word2vec

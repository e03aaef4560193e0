// Counts n-grams and turns the counts into a model, in memory or, when the limit asks for it, on disk.
//
//   ArpaWriter sink("model.arpa");
//   estimate({"corpus.txt"}, options, sink, {log, 2});
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "ngram/estimate_options.h"
#include "ngram/model_sink.h"

namespace seq::ngram {

/// What the work is given besides its options.
struct Work {
  std::shared_ptr<Log> log;
  int threads = 1;
  bool show_progress = false;
};

/// What a model is made of.
struct Estimated {
  std::vector<uint64_t> ngrams;  ///< by order
  /// By order, what is taken off counts 1, 2, 3 and more; none where the smoothing has no discounts.
  std::vector<std::array<double, 3>> discounts;
};

/// Refuses settings that contradict each other. Throws Error naming the setting.
void check_options(const EstimateOptions& options);

/// Sends the model of some texts (`-` is stdin, .gz and .zst are unpacked) to `sink`, one sentence a line. The result
/// depends neither on the threads nor on the memory. Throws Error for a text that cannot be counted (empty, reserved
/// words), RunError when temporary files cannot be written, Interrupted at SIGINT and SIGTERM under an
/// InterruptionGuard of the caller.
Estimated estimate(const std::vector<std::string>& texts, const EstimateOptions& options, ModelSink& sink,
                   const Work& work);

/// The same from counts files (see counts_file.h) in place of texts; `options.words` is not used.
Estimated estimate_from_counts(const std::vector<std::string>& counts, const EstimateOptions& options, ModelSink& sink,
                               const Work& work);

}  // namespace seq::ngram

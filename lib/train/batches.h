// Sources of batches: the order of the data within a pass, and where in it training stands.
// B = batch, T = time, R = rows, C = columns
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "config/train_options.h"
#include "text/series.h"
#include "text/token_file.h"
#include "train/model.h"

namespace seq::train {

/// One pass after another over some data. Everything about a pass follows from its number and the seed, so that
/// (pass, position) is all that a checkpoint must remember.
class Batches {
 public:
  virtual ~Batches() = default;
  /// Begins pass `pass` (from 0) at batch `position`.
  virtual void start_pass(int64_t pass, int64_t position) = 0;
  /// The next batch of the pass; false at its end.
  virtual bool next(Batch& batch) = 0;
  virtual int64_t batches_per_pass() const = 0;
};

/// Windows over B parallel streams of a token file for truncated back-propagation through time: stream b of a
/// training pass is the b-th of B equal parts, window t holds tokens [t T, (t+1) T) of every stream, targets are the
/// tokens one later. What the parts leave over at the end of the text (fewer than B tokens) is not trained on.
/// `offset_seed`, if given, starts each pass at a random token below T.
/// Throws Error when the text is too short for B streams.
std::unique_ptr<Batches> training_windows(std::shared_ptr<const TokenFile> tokens, int64_t batch_size, int64_t window,
                                          std::optional<uint64_t> offset_seed);

/// Windows for evaluation: every token but the first counts exactly once. Stream b reads `options.context` tokens
/// before its part to warm its state up, masked out; ragged ends are masked too. Targets equal to `skip` are masked
/// out as well (perplexity without unknown words); -1 skips none.
std::unique_ptr<Batches> evaluation_windows(std::shared_ptr<const TokenFile> tokens, const EvalOptions& options,
                                            int32_t skip = -1);

/// Batches of rows of numbers: `inputs` [B, C] and `targets` [B], taken from tensors [R, C] and [R]. Each pass has an
/// order of its own, drawn from `order_seed`; without one the rows come as they stand.
std::unique_ptr<Batches> row_batches(const Tensor& inputs, const Tensor& targets, int64_t batch_size,
                                     std::optional<uint64_t> order_seed);

/// Batches of number series in the order of the data: `inputs` [B, T] and `targets` [B], both in double precision.
std::unique_ptr<Batches> series_batches(std::vector<Series> examples, int64_t batch_size);

}  // namespace seq::train

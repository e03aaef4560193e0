// What changes the tables of a word2vec model: the seam between the lock-free kernel and tensor operations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "config/config.h"
#include "models/word2vec/options.h"
#include "vectors/train/word2vec.h"

namespace seq::word2vec {

/// Goes over chunks of text. Whatever implements it draws the same samples from the same seed (Word2vec::sample).
class Updates {
 public:
  virtual ~Updates() = default;
  /// As Word2vec::train().
  virtual vectors::LossSum train(std::span<const uint32_t> ids, uint64_t seed, float rate) = 0;
  /// As Word2vec::loss().
  virtual vectors::LossSum loss(std::span<const uint32_t> ids, uint64_t seed) = 0;
  /// Brings what was learnt into the model's own tables.
  virtual void finish() {}
  /// Whether several threads may call train() or loss() at once.
  virtual bool takes_threads() const = 0;
};

/// Made when the model's tables have their values.
using MakeUpdates = std::function<std::unique_ptr<Updates>(vectors::Word2vec&, const Word2vecOptions&, const Config&)>;

/// The lock-free kernel.
std::unique_ptr<Updates> make_kernel_updates(vectors::Word2vec& model, const Word2vecOptions& options,
                                             const Config& config);

}  // namespace seq::word2vec

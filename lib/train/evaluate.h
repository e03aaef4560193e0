// Exact evaluation of a model over a whole set of batches.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/json.h"
#include "base/progress.h"
#include "train/batches.h"
#include "train/model.h"

namespace seq::train {

/// A sum over everything that counts, in nats or squared units.
struct Evaluation {
  double sum = 0;
  int64_t count = 0;
  double right = 0;  ///< answers that are right, where the model answers with classes
  double loss() const { return sum / static_cast<double>(count); }
  double accuracy() const { return right / static_cast<double>(count); }
};

/// One pass in evaluation mode, without gradients and with a state of its own; the network's mode is restored.
/// `progress` counts batches. Throws Interrupted when a signal came (see InterruptionGuard).
Evaluation evaluate(Model& model, Batches& batches, c10::Device device, Progress* progress = nullptr);

/// How many tokens or examples of a pass count.
int64_t count_tokens(Batches& batches);

/// `loss`, `perplexity` and `bits_per_character` of a language model whose tokens stand for so many characters each on
/// average.
Json language_metrics(const Evaluation& evaluation, double characters_per_token = 1);

/// The same batch with its tensors on a device.
Batch on_device(Batch batch, c10::Device device);

}  // namespace seq::train

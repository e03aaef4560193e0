// All that the trainer knows about a model, and the batches that pass between them.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <map>
#include <string>

#include "nn/losses.h"
#include "nn/recurrent.h"

namespace seq::train {

using at::Tensor;
using nn::Loss;
using nn::State;

/// A small set of named tensors. Which names there are is up to the batch maker; language models read
/// `ids` [B, T], `targets` [B, T] int64 and, when some positions do not count, `mask` [B, T].
struct Batch {
  std::map<std::string, Tensor> tensors;
  int64_t count = 0;  ///< tokens or examples that count

  const Tensor& operator[](const std::string& name) const { return tensors.at(name); }
  /// Undefined when absent.
  Tensor find(const std::string& name) const {
    const auto found = tensors.find(name);
    return found == tensors.end() ? Tensor() : found->second;
  }
};

/// A network with its loss.
class Model {
 public:
  virtual ~Model() = default;
  virtual torch::nn::Module& net() = 0;
  /// The loss of a batch in the graph. `carried` is what passes from batch to batch (a recurrent state): empty at the
  /// start of a pass, replaced by the state after this batch; the trainer detaches it.
  virtual Loss loss(const Batch& batch, State& carried) = 0;
};

}  // namespace seq::train

// All parameters of a network as views of one flat tensor, and likewise their gradients: clipping, averaging, the
// update rule and checkpoints are then each one operation on one vector.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

namespace seq::nn {

using at::Tensor;

class FlatParameters {
 public:
  /// Moves the storage of every parameter of the module into one vector, keeping values; the module stays usable.
  /// A tied parameter counts once; one that requires no gradient is left where it is: it is not trained. Type and
  /// device are the module's: `to()` comes before, never after.
  explicit FlatParameters(torch::nn::Module& module);

  Tensor& values() { return values_; }  ///< [N]
  const Tensor& values() const { return values_; }
  Tensor& gradients() { return gradients_; }  ///< [N], filled by backward()
  void zero_gradients() { gradients_.zero_(); }

 private:
  Tensor values_;
  Tensor gradients_;
};

}  // namespace seq::nn

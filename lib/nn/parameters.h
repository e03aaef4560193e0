// All parameters of a network as views of one flat tensor, and likewise their gradients: clipping, averaging, the
// update rule and checkpoints are then each one operation on one vector.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <map>
#include <string>

#include "run/safetensors.h"

namespace seq::nn {

using at::Tensor;

class FlatParameters {
 public:
  /// Moves the storage of every parameter of the module into one vector, keeping values; the module stays usable.
  /// A tied parameter counts once. Type and device are the module's: `to()` comes before, never after.
  explicit FlatParameters(torch::nn::Module& module);

  Tensor& values() { return values_; }  ///< [N]
  const Tensor& values() const { return values_; }
  Tensor& gradients() { return gradients_; }  ///< [N], filled by backward()
  void zero_gradients() { gradients_.zero_(); }

 private:
  Tensor values_;
  Tensor gradients_;
};

/// Named tensors of a module (parameters and buffers) as bytes on the CPU; `held` keeps them alive.
std::map<std::string, TensorBytes> tensor_bytes(const std::map<std::string, Tensor>& tensors,
                                                std::vector<Tensor>& held);
std::map<std::string, Tensor> named_tensors(const torch::nn::Module& module);

/// A tensor on the CPU that copies the bytes of a file's entry. Throws Error for a dtype that LibTorch lacks.
Tensor to_tensor(const TensorBytes& bytes);

/// All tensors of a file by name.
std::map<std::string, Tensor> to_tensors(const SafetensorsFile& file);

/// Copies tensors by name into the module's. Throws Error that names the file and the tensor that is missing,
/// left over, or of another shape or type.
void load_weights(torch::nn::Module& module, const std::map<std::string, Tensor>& tensors,
                  const std::string& file_name);

}  // namespace seq::nn

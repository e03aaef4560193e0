// Tensors of a network by name, and their way to safetensors files and back.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <map>
#include <string>
#include <vector>

#include "run/safetensors.h"

namespace seq::nn {

using at::Tensor;

/// Parameters and buffers of a module.
std::map<std::string, Tensor> named_tensors(const torch::nn::Module& module);

/// Tensors as bytes on the CPU; `held` keeps them alive.
std::map<std::string, TensorBytes> tensor_bytes(const std::map<std::string, Tensor>& tensors,
                                                std::vector<Tensor>& held);

/// A tensor on the CPU that copies the bytes of a file's entry. Throws Error for a dtype that LibTorch lacks.
Tensor to_tensor(const TensorBytes& bytes);

/// All tensors of a file by name.
std::map<std::string, Tensor> to_tensors(const SafetensorsFile& file);

/// Copies tensors by name into the module's. Throws Error that names the file and the tensor that is missing,
/// left over, or of another shape or type.
void load_weights(torch::nn::Module& module, const std::map<std::string, Tensor>& tensors,
                  const std::string& file_name);

}  // namespace seq::nn

// Checkpoints: everything that training must know to go on as if it had never stopped, in one safetensors file.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <filesystem>
#include <map>
#include <string>

#include "base/json.h"

namespace seq::train {

/// Tensors by name (`model.…`, `optimizer.…`, `carried.0` …, `generator.cpu`) and everything else as JSON.
struct Checkpoint {
  std::map<std::string, at::Tensor> tensors;
  Json state;

  /// The tensors whose names start with `prefix.`, by the rest of their names.
  std::map<std::string, at::Tensor> group(const std::string& prefix) const;
};

/// The weights that a checkpoint would be evaluated with: the average where it holds one. Throws Error that names the
/// file when they do not fit.
void load_checkpoint_weights(torch::nn::Module& net, const Checkpoint& checkpoint, const std::string& file_name);

/// Atomic. Throws RunError when the disk is full.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);
/// Throws Error when the file is damaged, foreign or of a newer format.
Checkpoint read_checkpoint(const std::filesystem::path& path);

}  // namespace seq::train

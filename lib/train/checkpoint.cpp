// Checkpoints as safetensors files whose metadata hold the JSON state.
#include "train/checkpoint.h"

#include <ATen/core/grad_mode.h>

#include "base/error.h"
#include "nn/parameters.h"
#include "nn/tensor_file.h"

namespace seq::train {

std::map<std::string, at::Tensor> Checkpoint::group(const std::string& prefix) const {
  std::map<std::string, at::Tensor> found;
  for (const auto& [name, tensor] : tensors)
    if (name.rfind(prefix + ".", 0) == 0) found.emplace(name.substr(prefix.size() + 1), tensor);
  return found;
}

void load_checkpoint_weights(torch::nn::Module& net, const Checkpoint& checkpoint, const std::string& file_name) {
  nn::load_weights(net, checkpoint.group("model"), file_name);
  const auto average = checkpoint.tensors.find("average");
  if (average == checkpoint.tensors.end()) return;
  nn::FlatParameters parameters(net);
  if (average->second.sizes() != parameters.values().sizes())
    throw Error(file_name + ": the average of the weights has another size than the model");
  const at::NoGradGuard no_gradients;
  parameters.values().copy_(average->second);
}

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  std::vector<at::Tensor> held;
  write_safetensors(path, nn::tensor_bytes(checkpoint.tensors, held),
                    {{"kind", "checkpoint"}, {"state", checkpoint.state.dump()}});
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  if (file.metadata("kind") != "checkpoint")
    throw Error(path.string() + ": not a checkpoint (it has no training state)");
  Checkpoint checkpoint;
  checkpoint.state = parse_json(file.metadata("state"), path.string());
  checkpoint.tensors = nn::to_tensors(file);
  return checkpoint;
}

}  // namespace seq::train

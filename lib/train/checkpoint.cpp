// Checkpoints as safetensors files whose metadata hold the JSON state.
#include "train/checkpoint.h"

#include "base/error.h"
#include "nn/parameters.h"

namespace seq::train {

std::map<std::string, at::Tensor> Checkpoint::group(const std::string& prefix) const {
  std::map<std::string, at::Tensor> found;
  for (const auto& [name, tensor] : tensors)
    if (name.rfind(prefix + ".", 0) == 0) found.emplace(name.substr(prefix.size() + 1), tensor);
  return found;
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

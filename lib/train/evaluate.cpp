// Exact evaluation.
#include "train/evaluate.h"

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numbers>

namespace seq::train {

Batch on_device(Batch batch, c10::Device device) {
  if (device.is_cpu()) return batch;
  for (auto& [name, tensor] : batch.tensors) tensor = tensor.to(device);
  return batch;
}

Evaluation evaluate(Model& model, Batches& batches, c10::Device device) {
  const at::NoGradGuard no_gradients;
  const bool was_training = model.net().is_training();
  model.net().eval();
  Evaluation result;
  State carried;
  batches.start_pass(0, 0);
  for (Batch batch; batches.next(batch);) {
    const Loss loss = model.loss(on_device(std::move(batch), device), carried);
    result.sum += loss.sum.item<double>();
    result.count += loss.count;
  }
  model.net().train(was_training);
  return result;
}

int64_t count_tokens(Batches& batches) {
  int64_t count = 0;
  batches.start_pass(0, 0);
  for (Batch batch; batches.next(batch);) count += batch.count;
  return count;
}

Json language_metrics(const Evaluation& evaluation, double characters_per_token) {
  return {{"loss", evaluation.loss()},
          {"perplexity", std::exp(evaluation.loss())},
          {"bits_per_character", evaluation.loss() / std::numbers::ln2 / characters_per_token}};
}

}  // namespace seq::train

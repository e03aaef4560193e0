// Exact evaluation.
#include "train/evaluate.h"

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numbers>

#include "run/interruption.h"

namespace seq::train {
namespace {

/// Evaluation mode while it lives, then the mode from before.
class EvaluationMode {
 public:
  explicit EvaluationMode(torch::nn::Module& net) : net_(net), was_training_(net.is_training()) { net_.eval(); }
  ~EvaluationMode() { net_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  torch::nn::Module& net_;
  bool was_training_;
};

}  // namespace

Batch on_device(Batch batch, c10::Device device) {
  if (device.is_cpu()) return batch;
  for (auto& [name, tensor] : batch.tensors) tensor = tensor.to(device);
  return batch;
}

Evaluation evaluate(Model& model, Batches& batches, c10::Device device, Progress* progress) {
  const at::NoGradGuard no_gradients;
  const EvaluationMode mode(model.net());
  Evaluation result;
  State carried;
  batches.start_pass(0, 0);
  int64_t done = 0;
  for (Batch batch; batches.next(batch);) {
    InterruptionGuard::check();
    const Loss loss = model.loss(on_device(std::move(batch), device), carried);
    result.sum += loss.sum.item<double>();
    result.count += loss.count;
    if (loss.right.defined()) result.right += loss.right.item<double>();
    if (progress != nullptr) progress->update(++done);
  }
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

// The plain path of sampling.
#include "models/torch_stepper.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>

namespace seq {

std::span<const float> TorchStepper::step(int64_t token) {
  const at::NoGradGuard no_gradients;
  const bool was_training = net_.is_training();
  net_.eval();
  const c10::Device device = net_.parameters().front().device();
  const at::Tensor ids = at::full({1, 1}, token, at::TensorOptions().dtype(at::kLong).device(device));
  auto [logits, state] = forward_(ids, state_);
  state_ = std::move(state);
  logits_ = logits.reshape({-1}).to(at::kCPU, at::kFloat).contiguous();
  net_.train(was_training);
  return {logits_.const_data_ptr<float>(), static_cast<size_t>(logits_.numel())};
}

}  // namespace seq

// Any network that maps ids and a state to logits, one token at a time through LibTorch: the plain path.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <functional>
#include <utility>

#include "decode/stepper.h"
#include "nn/recurrent.h"

namespace seq {

/// Keeps the network in evaluation mode during each step, without gradients.
class TorchStepper : public decode::Stepper {
 public:
  /// ids [1, 1] and a state to logits [1, 1, V] and the new state.
  using Forward = std::function<std::pair<at::Tensor, nn::State>(const at::Tensor&, const nn::State&)>;
  TorchStepper(Forward forward, torch::nn::Module& net) : forward_(std::move(forward)), net_(net) {}

  void reset() override { state_.clear(); }
  std::span<const float> step(int64_t token) override;

 private:
  Forward forward_;
  torch::nn::Module& net_;
  nn::State state_;
  at::Tensor logits_;
};

}  // namespace seq

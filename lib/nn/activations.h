// What stands between the layers of a feed-forward network.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <string>
#include <vector>

namespace seq::nn {

using at::Tensor;

/// One function, element by element:
///   linear      z
///   step        1 where z >= 0, else 0; without a gradient                     Rosenblatt 1958
///   sigmoid     1 / (1 + e^-z)
///   tanh
///   relu        max(z, 0)
///   leaky_relu  z where z >= 0, else 0.01 z                                    Maas et al. 2013
///   prelu       z where z >= 0, else a z with a trained, from 0.25             He et al. 2015
///   rrelu       z where z >= 0, else a z; a ~ U(1/8, 1/3) for each element in training, 11/48 in evaluation
///                                                                              Xu et al. 2015
///   elu         z where z >= 0, else e^z - 1                                   Clevert et al. 2016
class ActivationImpl : public torch::nn::Module {
 public:
  /// Throws Error for an unknown name.
  explicit ActivationImpl(const std::string& name);
  Tensor forward(const Tensor& z);

  static const std::vector<std::string>& names();

 private:
  using Function = Tensor (*)(const Tensor& z, const Tensor& slope, bool training);
  Function function_;
  Tensor slope_;  ///< [1] of prelu
};
TORCH_MODULE(Activation);

}  // namespace seq::nn

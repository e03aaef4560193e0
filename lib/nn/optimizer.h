// Update rules over one flat vector of parameters. w = weights, g = gradient, r = learning rate
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>

#include "config/train_options.h"

namespace seq::nn {

using at::Tensor;

/// One update rule. Epsilon stands where the paper puts it:
///   sgd           w -= r g
///   momentum      v = m v + g;  w -= r v                                           Polyak 1964
///   nesterov      v = m v + g;  w -= r (g + m v)                                   Nesterov 1983, Sutskever 2013
///   adagrad       s += g^2;  w -= r g / (sqrt(s) + e)                              Duchi et al. 2011
///   adagrad_abs   s += |g|;  w -= r g / sqrt(s + e)                                the from-scratch RNN's variant
///   adadelta      s = p s + (1-p) g^2;  d = sqrt(u + e) / sqrt(s + e) g;  u = p u + (1-p) d^2;  w -= r d  Zeiler 2012
///   rmsprop       s = p s + (1-p) g^2;  w -= r g / (sqrt(s) + e)                   Tieleman & Hinton 2012
///   adam          m = a m + (1-a) g;  v = b v + (1-b) g^2;
///                 w -= r (m / (1-a^t)) / (sqrt(v / (1-b^t)) + e)                   Kingma & Ba 2015
///   adamw         the same, and w -= r l w before it                               Loshchilov & Hutter 2019
/// `weight_decay` l adds l w to the gradient in all but adamw.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Changes `weights` [N] in place by `gradients` [N], which it may overwrite.
  virtual void step(Tensor& weights, Tensor& gradients, double learning_rate) = 0;
  /// What the rule remembers, by name ([N] each, and `step` [1]); to be saved and given back.
  virtual std::map<std::string, Tensor> state() const = 0;
  /// Throws Error when a tensor is missing or of another shape.
  virtual void load_state(const std::map<std::string, Tensor>& state) = 0;
};

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Tensor& weights);

/// Shrinks gradients to `norm` when they are longer; returns their norm before.
double clip_norm(Tensor& gradients, double norm);
/// Cuts each component to [-limit, limit].
void clip_value(Tensor& gradients, double limit);

}  // namespace seq::nn

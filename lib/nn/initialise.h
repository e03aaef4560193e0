// How weights start.
#pragma once

#include <ATen/core/Generator.h>
#include <torch/nn/module.h>

#include <string>

namespace seq::nn {

/// Fills every parameter of a module, in order, with draws from `generator`:
///   uniform           U(-1/sqrt(n), 1/sqrt(n)), n the fan-in (hidden size in recurrent cells), biases too; as PyTorch
///   glorot            U(-a, a), a = sqrt(6 / (fan_in + fan_out))            Glorot & Bengio 2010
///   he                N(0, sqrt(2 / fan_in))                                He et al. 2015
///   truncated_normal  N(0, deviation), redrawn outside two deviations
///   zeros             0
///   identity          identity where the matrix is square, Glorot elsewhere  Le et al. 2015
/// With all but `uniform`, biases and peepholes are zero; the scales of a normalisation (vectors that are neither) stay
/// as they were made. Each gate of a recurrent weight [G H, ·] counts as a matrix of its own. A tied parameter is drawn
/// once, under its first name.
/// Embedding tables ([V, E], parameter name `embedding…` or `vectors`) are N(0, 1) with `uniform`, as in PyTorch.
/// Throws Error for an unknown scheme.
void initialise(torch::nn::Module& module, const std::string& scheme, at::Generator generator, double deviation = 0.01);

/// Sets the forget gate's part of every LSTM bias (`bias_ih_l*` to the value, `bias_hh_l*` to 0 there).
void set_forget_bias(torch::nn::Module& module, double value);

}  // namespace seq::nn

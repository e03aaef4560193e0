// Helpers of the tests of the nn layer.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace seq::test {

using at::Tensor;

/// The tensors of goldens/<name>.safetensors, which make_goldens.py wrote.
std::map<std::string, Tensor> golden(const std::string& name);

/// Largest absolute difference.
double distance(const Tensor& a, const Tensor& b);

/// Largest difference between the gradients of a scalar function by autograd and by central differences, over every
/// element of the inputs (fp64 leaves).
double gradient_error(const std::function<Tensor()>& function, const std::vector<Tensor>& inputs);

}  // namespace seq::test

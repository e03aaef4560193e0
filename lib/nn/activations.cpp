// Activations by name.
#include "nn/activations.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/full.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rrelu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>

#include <map>

#include "base/error.h"

namespace seq::nn {
namespace {

using Function = Tensor (*)(const Tensor& z, const Tensor& slope, bool training);

const std::map<std::string, Function>& functions() {
  static const std::map<std::string, Function> all = {
      {"linear", [](const Tensor& z, const Tensor&, bool) { return z; }},
      {"step", [](const Tensor& z, const Tensor&, bool) { return (z.detach() >= 0).to(z.scalar_type()); }},
      {"sigmoid", [](const Tensor& z, const Tensor&, bool) { return at::sigmoid(z); }},
      {"tanh", [](const Tensor& z, const Tensor&, bool) { return at::tanh(z); }},
      {"relu", [](const Tensor& z, const Tensor&, bool) { return at::relu(z); }},
      {"leaky_relu", [](const Tensor& z, const Tensor&, bool) { return at::leaky_relu(z, 0.01); }},
      {"prelu", [](const Tensor& z, const Tensor& slope, bool) { return at::prelu(z, slope); }},
      {"rrelu", [](const Tensor& z, const Tensor&, bool training) { return at::rrelu(z, 1.0 / 8, 1.0 / 3, training); }},
      {"elu", [](const Tensor& z, const Tensor&, bool) { return at::elu(z); }}};
  return all;
}

}  // namespace

ActivationImpl::ActivationImpl(const std::string& name) {
  const auto found = functions().find(name);
  if (found == functions().end()) throw Error("unknown activation '" + name + "'");
  function_ = found->second;
  if (name == "prelu") slope_ = register_parameter("slope", at::full({1}, 0.25));
}

Tensor ActivationImpl::forward(const Tensor& z) {
  return function_(z, slope_, is_training());
}

const std::vector<std::string>& ActivationImpl::names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (const auto& [name, function] : functions()) names.push_back(name);
    return names;
  }();
  return all;
}

}  // namespace seq::nn

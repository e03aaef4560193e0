// All parameters of a network as views of one flat tensor.
// N = all parameters together
#include "nn/parameters.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <set>
#include <vector>

namespace seq::nn {
namespace {

/// Every parameter that is trained, once, also when it is registered under several names.
std::vector<Tensor> distinct_parameters(const torch::nn::Module& module) {
  std::vector<Tensor> distinct;
  std::set<const void*> seen;
  for (const Tensor& parameter : module.parameters()) {
    if (!parameter.defined() || !parameter.requires_grad()) continue;
    if (seen.insert(parameter.unsafeGetTensorImpl()).second) distinct.push_back(parameter);
  }
  return distinct;
}

}  // namespace

FlatParameters::FlatParameters(torch::nn::Module& module) {
  const at::NoGradGuard no_grad;
  const std::vector<Tensor> parameters = distinct_parameters(module);
  TORCH_CHECK(!parameters.empty(), "a module without parameters to train");
  int64_t total = 0;
  for (const Tensor& parameter : parameters) {
    TORCH_CHECK(parameter.scalar_type() == parameters[0].scalar_type() && parameter.device() == parameters[0].device(),
                "parameters of several types or devices");
    total += parameter.numel();
  }
  const at::TensorOptions options = parameters[0].options().requires_grad(false);
  values_ = at::empty({total}, options);
  gradients_ = at::zeros({total}, options);
  int64_t offset = 0;
  for (Tensor parameter : parameters) {
    const int64_t size = parameter.numel();
    const Tensor value = values_.narrow(0, offset, size).view(parameter.sizes());
    value.copy_(parameter);
    parameter.set_data(value);
    // Autograd adds to a gradient that is there in place, so the view stays a view.
    parameter.mutable_grad() = gradients_.narrow(0, offset, size).view(parameter.sizes());
    offset += size;
  }
}

}  // namespace seq::nn

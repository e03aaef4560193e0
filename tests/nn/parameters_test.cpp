// Flat parameters, and named tensors on their way to files and back.
#include "nn/parameters.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include "base/error.h"
#include "nn/tensor_file.h"
#include "tensors.h"
#include "test.h"

using namespace seq;
using namespace seq::nn;
using Catch::Contains;
using seq::test::distance;
using seq::test::TemporaryFolder;

namespace {

/// A table used twice (tied), a matrix, a bias and a buffer.
struct Tied : torch::nn::Module {
  explicit Tied(at::ScalarType type = at::kFloat) {
    table = register_parameter("table", at::randn({6, 4}, type));
    weight = register_parameter("weight", at::randn({4, 4}, type));
    bias = register_parameter("bias", at::randn({4}, type));
    head = register_parameter("head", table);
    count = register_buffer("count", at::tensor({7}, at::kLong));
  }
  Tensor forward(const Tensor& ids) const {
    return at::linear(at::linear(at::embedding(table, ids), weight, bias).tanh(), head);
  }
  Tensor table, weight, bias, head, count;
};

/// w -> 2 w with a gradient of our own making, as the fused kernels have.
struct Doubled : torch::autograd::Function<Doubled> {
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor& w) { return 2 * w; }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 const torch::autograd::variable_list& gradients) {
    return {2 * gradients[0]};
  }
};

bool lies_inside(const Tensor& part, const Tensor& whole) {
  return part.defined() && part.storage().is_alias_of(whole.storage());
}

/// A file with these tensors; removed with the folder.
SafetensorsFile file_of(const TemporaryFolder& folder, const std::map<std::string, Tensor>& tensors) {
  std::vector<Tensor> held;
  write_safetensors(folder.path() / "w.safetensors", tensor_bytes(tensors, held), {});
  return SafetensorsFile(folder.path() / "w.safetensors");
}

}  // namespace

TEST_CASE("flat parameters share memory with the module, a tied one counts once") {
  Tied net;
  const Tensor table = net.table.detach().clone();
  FlatParameters flat(net);
  REQUIRE(flat.values().numel() == 24 + 16 + 4);
  REQUIRE(flat.gradients().numel() == 44);
  REQUIRE(distance(net.table, table) == 0);
  REQUIRE(net.head.is_same(net.table));
  REQUIRE(net.table.requires_grad());
  flat.values().fill_(3);
  REQUIRE((net.bias == 3).all().item<bool>());
  const at::NoGradGuard no_grad;
  net.weight.fill_(5);
  REQUIRE(flat.values().eq(5).sum().item<int64_t>() == 16);
}

TEST_CASE("a parameter that is not trained stays outside the flat ones, and in the file") {
  Tied net;
  net.weight.requires_grad_(false);
  const Tensor weight = net.weight.detach().clone();
  FlatParameters flat(net);
  REQUIRE(flat.values().numel() == 24 + 4);
  REQUIRE_FALSE(lies_inside(net.weight, flat.values()));
  net.forward(at::tensor({1, 2}, at::kLong)).sum().backward();
  REQUIRE_FALSE(net.weight.grad().defined());
  flat.values().fill_(3);
  REQUIRE(net.weight.equal(weight));
  REQUIRE(named_tensors(net).contains("weight"));
}

TEST_CASE("the type of the parameters is kept") {
  Tied net(at::kDouble);
  FlatParameters flat(net);
  REQUIRE(flat.values().scalar_type() == at::kDouble);
  REQUIRE(flat.gradients().scalar_type() == at::kDouble);
  REQUIRE_FALSE(flat.values().requires_grad());
}

TEST_CASE("every backward pass adds to the flat gradients in place") {
  Tied net;
  Tied twin;
  {
    const at::NoGradGuard no_grad;
    for (const auto& item : net.named_parameters()) twin.named_parameters()[item.key()].copy_(item.value());
  }
  FlatParameters flat(net);
  const Tensor ids = at::tensor({1, 3, 3}, at::kLong);
  auto loss = [&](const Tied& module) {
    return module.forward(ids).square().sum() + Doubled::apply(module.weight).sum() +
           Doubled::apply(module.bias).square().sum();
  };
  loss(twin).backward();
  for (int pass = 1; pass <= 3; ++pass) {
    loss(net).backward();
    for (const auto& item : net.named_parameters()) {
      REQUIRE(lies_inside(item.value().grad(), flat.gradients()));
      REQUIRE(distance(item.value().grad(), pass * twin.named_parameters()[item.key()].grad()) < 1e-3);
    }
  }
  flat.zero_gradients();
  for (const Tensor& parameter : net.parameters()) REQUIRE(parameter.grad().eq(0).all().item<bool>());
  loss(net).backward();
  REQUIRE(distance(net.table.grad(), twin.table.grad()) < 1e-4);
  REQUIRE(lies_inside(net.table.grad(), flat.gradients()));
}

TEST_CASE("sparse gradients of an embedding land in the flat gradients too") {
  Tied net;
  FlatParameters flat(net);
  const Tensor ids = at::tensor({2, 2, 5}, at::kLong);
  at::embedding(net.table, ids, -1, false, true).sum().backward();
  REQUIRE(lies_inside(net.table.grad(), flat.gradients()));
  REQUIRE(flat.gradients().sum().item<double>() == Approx(12));
}

TEST_CASE("named tensors go to a file and back") {
  const TemporaryFolder folder;
  Tied net;
  Tied other;
  FlatParameters flat(other);
  load_weights(other, to_tensors(file_of(folder, named_tensors(net))), "w.safetensors");
  REQUIRE(other.table.equal(net.table));
  REQUIRE(other.bias.equal(net.bias));
  REQUIRE(lies_inside(other.bias, flat.values()));
}

TEST_CASE("every type of tensor keeps its bytes") {
  const TemporaryFolder folder;
  std::map<std::string, Tensor> tensors;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar,
                          at::kByte, at::kBool}) {
    tensors[c10::toString(type)] = (at::randn({3, 2}) * 5).abs().to(type).t();  // not contiguous
  }
  tensors["empty"] = at::zeros({0, 3});
  tensors["scalar"] = at::ones({});
  const SafetensorsFile file = file_of(folder, tensors);
  for (const auto& [name, tensor] : tensors) {
    CAPTURE(name);
    REQUIRE(to_tensor(file.tensors().at(name)).equal(tensor));
  }
  REQUIRE_THROWS_WITH(to_tensor({"F8_E4M3", {1}, "x"}), Contains("F8_E4M3"));
}

TEST_CASE("weights that do not fit are refused by file and tensor, and nothing is changed") {
  const TemporaryFolder folder;
  Tied net;
  const Tensor bias = net.bias.detach().clone();
  auto tensors = named_tensors(net);
  tensors["bias"] = at::zeros({4});
  tensors["weight"] = at::zeros({4, 5});
  REQUIRE_THROWS_WITH(load_weights(net, to_tensors(file_of(folder, tensors)), "best.safetensors"),
                      Contains("best.safetensors: tensor 'weight' has shape [4, 5], the model needs [4, 4]"));
  tensors.erase("weight");
  REQUIRE_THROWS_WITH(load_weights(net, to_tensors(file_of(folder, tensors)), "f"),
                      Contains("tensor 'weight' is missing"));
  tensors["weight"] = at::zeros({4, 4});
  tensors["extra"] = at::zeros({1});
  REQUIRE_THROWS_WITH(load_weights(net, to_tensors(file_of(folder, tensors)), "f"),
                      Contains("tensor 'extra' is left over"));
  REQUIRE(net.bias.equal(bias));
}

// Activations and batch normalisation against PyTorch's figures and their definitions.
// B = batch, H = units
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "base/error.h"
#include "nn/activations.h"
#include "nn/batch_norm.h"
#include "tensors.h"
#include "test.h"

using namespace seq::nn;
using seq::test::distance;
using seq::test::golden;

TEST_CASE("activations and their slopes equal PyTorch's") {
  auto known = golden("activations");
  for (const std::string name : {"sigmoid", "tanh", "relu", "leaky_relu", "prelu", "rrelu", "elu"}) {
    CAPTURE(name);
    Activation activation(name);
    activation->to(at::kDouble);
    activation->eval();
    const Tensor z = known["z"].clone().requires_grad_();
    const Tensor y = activation(z);
    y.sum().backward();
    REQUIRE(distance(y.detach(), known["y." + name]) < 1e-12);
    REQUIRE(distance(z.grad(), known["slope." + name]) < 1e-12);
  }
}

TEST_CASE("a step unit says 1 from 0 on, and has no slope") {
  const Tensor z = at::tensor({-1.0, -1e-9, 0.0, 2.0}).requires_grad_();
  Activation step("step");
  const Tensor y = step(z);
  REQUIRE(y.equal(at::tensor({0.0, 0.0, 1.0, 1.0})));
  REQUIRE_FALSE(y.requires_grad());
  REQUIRE(Activation("linear")(z).equal(z));
}

TEST_CASE("prelu learns its slope, rrelu draws its own while it trains") {
  Activation prelu("prelu");
  const Tensor z = at::full({1000}, -1.0);
  prelu(z).sum().backward();
  REQUIRE(prelu->parameters().at(0).item<double>() == Approx(0.25));
  REQUIRE(prelu->parameters().at(0).grad().item<double>() == Approx(-1000));
  Activation rrelu("rrelu");
  at::manual_seed(1);
  const Tensor drawn = -rrelu(z);
  REQUIRE(drawn.min().item<double>() >= 1.0 / 8);
  REQUIRE(drawn.max().item<double>() <= 1.0 / 3);
  REQUIRE(drawn.mean().item<double>() == Approx(11.0 / 48).epsilon(0.02));
  REQUIRE(drawn.std().item<double>() > 0.05);
}

TEST_CASE("an unknown activation is refused, all known ones can be made") {
  REQUIRE_THROWS_WITH(Activation("swish"), "unknown activation 'swish'");
  REQUIRE(ActivationImpl::names().size() == 9);
  for (const std::string& name : ActivationImpl::names()) REQUIRE(Activation(name)(at::randn({2, 3})).numel() == 6);
}

TEST_CASE("batch normalisation equals PyTorch's in training and in evaluation") {
  auto known = golden("batch_norm");
  BatchNorm norm(known["weight"].numel());
  {
    const at::NoGradGuard no_gradients;
    norm->named_parameters()["weight"].copy_(known["weight"]);
    norm->named_parameters()["bias"].copy_(known["bias"]);
  }
  REQUIRE(distance(norm(known["x.0"]).detach(), known["y.0"]) < 1e-6);
  const Tensor x = known["x.1"].clone().requires_grad_();
  const Tensor y = norm(x);
  REQUIRE(distance(y.detach(), known["y.1"]) < 1e-6);
  (known["share"] * y).sum().backward();
  REQUIRE(distance(x.grad(), known["gradient.x"]) < 1e-5);
  for (const char* name : {"weight", "bias"})
    REQUIRE(distance(norm->named_parameters()[name].grad(), known[std::string("gradient.") + name]) < 1e-5);
  for (const char* name : {"running_mean", "running_var"})
    REQUIRE(distance(norm->named_buffers()[name], known[name]) < 1e-6);
  norm->eval();
  REQUIRE(distance(norm(known["x.2"]).detach(), known["y.2"]) < 1e-6);
  REQUIRE(distance(norm->named_buffers()["running_mean"], known["running_mean"]) < 1e-6);  // evaluation learns nothing
}

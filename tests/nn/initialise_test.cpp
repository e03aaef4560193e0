// Initialisers: moments, bounds, repeatability, forget bias.
// H = hidden, V = vocabulary, E = embedding
#include "nn/initialise.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "base/error.h"
#include "nn/recurrent.h"
#include "test.h"

using namespace seq;
using namespace seq::nn;
using Catch::Contains;

namespace {

/// A small language model: embedding, recurrent stack with peepholes, scale of a normalisation, output layer.
struct Net : torch::nn::Module {
  explicit Net(const std::string& cell = "lstm") {
    RecurrentOptions options;
    options.cell = cell;
    options.input_size = 64;
    options.hidden_size = 100;
    options.peepholes = cell == "lstm";
    rnn = register_module("rnn", Recurrent(options));
    register_parameter("embedding", at::zeros({300, 64}));
    register_parameter("weight", at::zeros({300, 100}));
    register_parameter("bias", at::zeros({300}));
    register_parameter("scale", at::full({100}, 1.0));
  }
  Tensor operator[](const std::string& name) const { return named_parameters()[name].detach(); }
  Recurrent rnn{nullptr};
};

Net made(const std::string& scheme, uint64_t seed = 1, const std::string& cell = "lstm") {
  Net net(cell);
  initialise(net, scheme, at::detail::createCPUGenerator(seed));
  return net;
}

double deviation(const Tensor& tensor) {
  return tensor.std().item<double>();
}
double largest(const Tensor& tensor) {
  return tensor.abs().max().item<double>();
}

void require_uniform(const Tensor& tensor, double bound) {
  REQUIRE(largest(tensor) <= bound);
  REQUIRE(largest(tensor) > 0.9 * bound);
  REQUIRE(deviation(tensor) == Approx(bound / std::sqrt(3)).epsilon(0.15));
}

}  // namespace

TEST_CASE("uniform draws what PyTorch draws") {
  const Net net = made("uniform");
  for (const char* name : {"rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0",
                           "rnn.weight_ci_l0", "weight", "bias"}) {
    CAPTURE(name);
    require_uniform(net[name], 0.1);  // 1 / sqrt(100)
  }
  REQUIRE(deviation(net["embedding"]) == Approx(1.0).epsilon(0.03));
  REQUIRE((net["scale"] == 1).all().item<bool>());
}

TEST_CASE("glorot counts each gate as a matrix of its own") {
  const Net net = made("glorot");
  require_uniform(net["weight"], std::sqrt(6.0 / 400));
  for (const Tensor& gate : net["rnn.weight_ih_l0"].chunk(4)) require_uniform(gate, std::sqrt(6.0 / 164));
  for (const Tensor& gate : net["rnn.weight_hh_l0"].chunk(4)) require_uniform(gate, std::sqrt(6.0 / 200));
}

TEST_CASE("he and truncated normal have their deviations") {
  const Net he = made("he");
  REQUIRE(deviation(he["weight"]) == Approx(std::sqrt(2.0 / 100)).epsilon(0.03));
  REQUIRE(deviation(he["rnn.weight_ih_l0"]) == Approx(std::sqrt(2.0 / 64)).epsilon(0.03));
  const Net truncated = made("truncated_normal");
  REQUIRE(largest(truncated["weight"]) <= 0.02);
  REQUIRE(largest(truncated["weight"]) > 0.0195);
  REQUIRE(deviation(truncated["weight"]) == Approx(0.0088).epsilon(0.03));  // of a normal cut at two deviations
}

TEST_CASE("a truncated normal takes its deviation from the caller, zeros are zeros") {
  Tensor weight = at::empty({300, 300});
  struct Matrix : torch::nn::Module {
    explicit Matrix(const Tensor& values) { register_parameter("weight", values); }
  } net(weight);
  seq::nn::initialise(net, "truncated_normal", at::detail::createCPUGenerator(1), 1.0);
  REQUIRE(largest(weight) <= 2);
  REQUIRE(deviation(weight) == Approx(0.88).epsilon(0.02));
  seq::nn::initialise(net, "zeros", at::detail::createCPUGenerator(1));
  REQUIRE(largest(weight) == 0);
}

TEST_CASE("identity is one where the matrix is square") {
  const Net net = made("identity", 1, "rnn");
  REQUIRE(net["rnn.weight_hh_l0"].equal(at::eye(100)));
  require_uniform(net["rnn.weight_ih_l0"], std::sqrt(6.0 / 164));
  for (const Tensor& gate : made("identity")["rnn.weight_hh_l0"].chunk(4)) REQUIRE(gate.equal(at::eye(100)));
}

TEST_CASE("all but uniform start biases and peepholes at zero and leave scales alone") {
  const std::string scheme = GENERATE("glorot", "he", "truncated_normal", "identity");
  const Net net = made(scheme);
  for (const char* name : {"bias", "rnn.bias_ih_l0", "rnn.bias_hh_l0", "rnn.weight_cf_l0"}) {
    REQUIRE((net[name] == 0).all().item<bool>());
  }
  REQUIRE((net["scale"] == 1).all().item<bool>());
}

TEST_CASE("the same seed draws the same weights, another one others") {
  const std::string scheme = GENERATE("uniform", "glorot", "he", "truncated_normal");
  REQUIRE(made(scheme, 5)["weight"].equal(made(scheme, 5)["weight"]));
  REQUIRE_FALSE(made(scheme, 5)["weight"].equal(made(scheme, 6)["weight"]));
}

TEST_CASE("a tied parameter is drawn once") {
  struct Twice : torch::nn::Module {
    Twice() {
      const Tensor table = register_parameter("embedding", at::zeros({50, 20}));
      register_parameter("head", table);
    }
  } net;
  initialise(net, "uniform", at::detail::createCPUGenerator(1));
  REQUIRE(deviation(net.parameters()[1].detach()) == Approx(1.0).epsilon(0.1));
}

TEST_CASE("the forget gate of an LSTM starts open, other cells are left alone") {
  Net net = made("uniform");
  const Tensor before = net["rnn.bias_ih_l0"].clone();
  set_forget_bias(net, 1.5);
  const Tensor input = net["rnn.bias_ih_l0"];
  REQUIRE((input.narrow(0, 100, 100) == 1.5).all().item<bool>());
  REQUIRE((net["rnn.bias_hh_l0"].narrow(0, 100, 100) == 0).all().item<bool>());
  REQUIRE(input.narrow(0, 0, 100).equal(before.narrow(0, 0, 100)));
  REQUIRE(input.narrow(0, 200, 200).equal(before.narrow(0, 200, 200)));
  Net other = made("uniform", 1, "gru");
  const Tensor kept = other["rnn.bias_ih_l0"].clone();
  set_forget_bias(other, 1.5);
  REQUIRE(other["rnn.bias_ih_l0"].equal(kept));
}

TEST_CASE("an unknown scheme is refused") {
  Net net;
  REQUIRE_THROWS_WITH(initialise(net, "xavier", at::detail::createCPUGenerator(1)), Contains("xavier"));
}

// The scalar RNN: its gradients against autograd's, and the published figures of counting ones.
// B = batch, T = time
#include "models/scalar_rnn/net.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/rand.h>

#include <cmath>
#include <string>
#include <vector>

#include "test.h"
#include "text/series.h"

namespace {

using at::Tensor;
using seq::ScalarRnn;
using seq::ScalarRnnOptions;

Tensor to_tensor(const std::vector<double>& values, at::IntArrayRef sizes) {
  return at::from_blob(const_cast<double*>(values.data()), sizes, at::kDouble).clone();
}

/// A data file of the experiments.
struct Example {
  explicit Example(const std::string& name) {
    const std::string file = std::string(SEQ_TEST_FOLDER) + "/../configs/scalar_rnn/" + name;
    const seq::SeriesBatch batch = seq::pack_series(seq::read_series(file));
    inputs = to_tensor(batch.inputs, {batch.count, batch.time});
    targets = to_tensor(batch.targets, {batch.count});
  }
  Tensor inputs;   // [B, T]
  Tensor targets;  // [B]
};

/// One step of plain gradient descent, the gradient (∂/∂U, ∂/∂W) shrunk to length `clip`; returns the loss before it.
double descend(ScalarRnn& net, const Example& example, double clip = 0) {
  net->zero_grad();
  const seq::nn::Loss loss = net->loss(example.inputs, example.targets);
  loss.sum.backward();
  const at::NoGradGuard no_gradients;
  double norm = 0;
  for (const Tensor& weight : net->parameters()) norm = std::hypot(norm, weight.grad().item<double>());
  const double scale = clip > 0 && norm > clip ? clip / norm : 1;
  for (Tensor& weight : net->parameters()) weight -= 0.0005 * scale * weight.grad();
  return loss.sum.item<double>();
}

double weight(ScalarRnn& net, const std::string& name) {
  return net->named_parameters()[name].item<double>();
}

TEST_CASE("150 epochs of counting ones give the published loss and weights", "[scalar_rnn]") {
  ScalarRnn net{ScalarRnnOptions{}};
  const Example example("counting_ones.tsv");
  double loss = 0;
  for (int epoch = 0; epoch < 150; ++epoch) loss = descend(net, example);
  REQUIRE(loss == Approx(0.00109).margin(5e-6));
  REQUIRE(weight(net, "u") == Approx(-2.0887).margin(5e-5));
  REQUIRE(weight(net, "w") == Approx(-0.7529).margin(5e-5));
}

TEST_CASE("the gradient of four times the input explodes at epoch 25", "[scalar_rnn]") {
  ScalarRnn net{ScalarRnnOptions{}};
  const Example example("exploding.tsv");
  for (int epoch = 0; epoch < 25; ++epoch) REQUIRE(descend(net, example) < 1e30);
  REQUIRE(descend(net, example) > 1e30);
}

TEST_CASE("clipped to length 1 the same gradient leads below 0.001 within 3,000 epochs", "[scalar_rnn]") {
  ScalarRnn net{ScalarRnnOptions{}};
  const Example example("exploding.tsv");
  int epochs = 0;
  while (epochs < 3000 && descend(net, example, 1.0) >= 0.001) ++epochs;
  REQUIRE(epochs == 1916);
}

TEST_CASE("scalar gradients by hand equal autograd's", "[scalar_rnn]") {
  ScalarRnnOptions options;
  options.u = 0.7;
  options.w = -0.9;
  ScalarRnn by_hand{options};
  options.gradient = "autograd";
  ScalarRnn by_autograd{options};
  const Tensor inputs = at::rand({4, 12}, at::kDouble), targets = at::rand({4}, at::kDouble);
  const seq::nn::Loss loss = by_hand->loss(inputs, targets), expected = by_autograd->loss(inputs, targets);
  REQUIRE(loss.sum.item<double>() == Approx(expected.sum.item<double>()).epsilon(1e-12));
  REQUIRE(loss.count == 4);
  loss.sum.backward();
  expected.sum.backward();
  for (size_t i = 0; i < 2; ++i)
    REQUIRE(by_hand->parameters()[i].grad().item<double>() ==
            Approx(by_autograd->parameters()[i].grad().item<double>()).epsilon(1e-12));
}

TEST_CASE("zeros before a series change nothing", "[scalar_rnn]") {
  ScalarRnnOptions options;
  options.w = 0.8;
  ScalarRnn net{options};
  const std::vector<seq::Series> examples = {{{1, 0, 1}, 2}, {{0, 1, 0, 0, 1, 1}, 3}};
  const seq::SeriesBatch batch = seq::pack_series(examples);
  const Tensor together = net->forward(to_tensor(batch.inputs, {2, 6}));
  REQUIRE(together[0].item<double>() == net->forward(to_tensor(examples[0].inputs, {1, 3})).item<double>());
}

}  // namespace

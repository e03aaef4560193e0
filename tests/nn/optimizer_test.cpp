// Update rules: PyTorch's figures, steps by hand, both ways of computing, state, clipping.
// N = parameters
#include "nn/optimizer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "tensors.h"
#include "test.h"

using namespace seq;
using namespace seq::nn;
using Catch::Contains;
using seq::test::distance;
using seq::test::golden;

namespace {

const std::vector<std::string> kRules = {"sgd",      "momentum", "nesterov", "adagrad", "adagrad_abs",
                                         "adadelta", "rmsprop",  "adam",     "adamw"};

OptimizerOptions rule(const std::string& type, double weight_decay = 0) {
  OptimizerOptions options;
  options.type = type;
  options.weight_decay = weight_decay;
  return options;
}

/// The weight after each step of one weight 1 with gradients 0.5 and -2 at rate 0.1.
std::vector<double> two_steps(const OptimizerOptions& options) {
  Tensor w = at::full({1}, 1.0, at::kDouble);
  const auto optimizer = make_optimizer(options, w);
  std::vector<double> path;
  for (const double gradient : {0.5, -2.0}) {
    Tensor g = at::full({1}, gradient, at::kDouble);
    optimizer->step(w, g, 0.1);
    path.push_back(w.item<double>());
  }
  return path;
}

void require_path(const OptimizerOptions& options, double first, double second) {
  CAPTURE(options.type, options.weight_decay);
  const std::vector<double> path = two_steps(options);
  REQUIRE(path[0] == Approx(first).epsilon(1e-12));
  REQUIRE(path[1] == Approx(second).epsilon(1e-12));
}

}  // namespace

TEST_CASE("five steps equal PyTorch's") {
  auto known = golden("optimizers");
  const auto type = GENERATE(at::kFloat, at::kDouble);
  for (const std::string name : {"sgd", "sgd_decayed", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam",
                                 "adam_decayed", "adamw_decayed"}) {
    CAPTURE(name, type);
    const bool decayed = name.ends_with("_decayed");
    const std::string kind = name.substr(0, name.find('_'));
    Tensor w = known["start"].to(type).clone();
    const auto optimizer = make_optimizer(rule(kind, decayed ? 0.1 : 0), w);
    for (int64_t step = 0; step < 5; ++step) {
      Tensor g = known["gradients"][step].to(type).clone();
      optimizer->step(w, g, 0.1);
      REQUIRE(distance(w, known["weights." + name][step]) < (type == at::kDouble ? 1e-13 : 1e-6));
    }
  }
}

TEST_CASE("two steps by hand") {
  // w = 1, g = 0.5 and then -2, r = 0.1; momentum 0.9, rho 0.95, beta 0.9 and 0.999, epsilon 1e-8
  const double e = 1e-8;
  require_path(rule("sgd"), 0.95, 1.15);
  require_path(rule("sgd", 0.2), 0.93, 1.1114);        // g = 0.5 + 0.2, then -2 + 0.186
  require_path(rule("momentum"), 0.95, 1.105);         // v = 0.5, then 0.45 - 2
  require_path(rule("nesterov"), 0.905, 1.2445);       // 0.5 + 0.45, then -2 - 1.395
  require_path(rule("adagrad"), 1 - 0.05 / (0.5 + e),  //
               1 - 0.05 / (0.5 + e) + 0.2 / (std::sqrt(4.25) + e));
  require_path(rule("adagrad_abs"), 1 - 0.05 / std::sqrt(0.5 + e),
               1 - 0.05 / std::sqrt(0.5 + e) + 0.2 / std::sqrt(2.5 + e));
  require_path(rule("rmsprop"), 1 - 0.05 / (std::sqrt(0.0125) + e),
               1 - 0.05 / (std::sqrt(0.0125) + e) + 0.2 / (std::sqrt(0.211875) + e));
  const double first = std::sqrt(e) / std::sqrt(0.0125 + e) * 0.5;
  const double second = std::sqrt(0.05 * first * first + e) / std::sqrt(0.211875 + e) * -2;
  require_path(rule("adadelta"), 1 - 0.1 * first, 1 - 0.1 * first - 0.1 * second);
  // m = 0.05, -0.155; v = 0.00025, 0.00424975; corrections 0.1 and 0.19, 0.001 and 0.001999
  const double one = 0.1 * 0.5 / (0.5 + e);
  const double two = 0.1 * (-0.155 / 0.19) / (std::sqrt(0.00424975 / 0.001999) + e);
  require_path(rule("adam"), 1 - one, 1 - one - two);
  const double shrunk = 1 - 0.1 * 0.2;
  require_path(rule("adamw", 0.2), shrunk - one, (shrunk - one) * shrunk - two);
}

TEST_CASE("the fused pass equals tensor operations, for sizes that do not fill a vector or a thread's share") {
  const std::string type = GENERATE(from_range(kRules));
  const int64_t size = GENERATE(1, 7, 1000, 200'003);
  const double decay = GENERATE(0.0, 0.01);
  CAPTURE(type, size, decay);
  at::Generator generator = at::detail::createCPUGenerator(7);
  Tensor w = at::randn({size}, generator);
  // A strided view of the same numbers takes the general way.
  Tensor strided = at::empty({size, 2}, w.options()).select(1, 0);
  strided.copy_(w);
  REQUIRE((size == 1 || !strided.is_contiguous()));
  const auto fused = make_optimizer(rule(type, decay), w);
  const auto general = make_optimizer(rule(type, decay), w);
  for (int step = 0; step < 4; ++step) {
    Tensor g = at::randn({size}, generator);
    Tensor copy = g.clone();
    fused->step(w, g, 0.05);
    general->step(strided, copy, 0.05);
  }
  REQUIRE(distance(w, strided) < 1e-4);  // gradients near epsilon magnify rounding: steps are up to 0.2
}

TEST_CASE("saved state continues bit for bit") {
  const std::string type = GENERATE(from_range(kRules));
  CAPTURE(type);
  Tensor w = at::randn({33});
  const auto unbroken = make_optimizer(rule(type), w);
  auto step = [](Optimizer& optimizer, Tensor& weights, int seed) {
    Tensor g = (at::tensor({seed + 1.0}, at::kFloat) * weights).sin();
    optimizer.step(weights, g, 0.05);
  };
  for (int index = 0; index < 3; ++index) step(*unbroken, w, index);
  std::map<std::string, Tensor> saved;
  for (const auto& [name, tensor] : unbroken->state()) saved[name] = tensor.clone();
  Tensor resumed_w = w.clone();
  const auto resumed = make_optimizer(rule(type), resumed_w);
  resumed->load_state(saved);
  for (int index = 3; index < 6; ++index) {
    step(*unbroken, w, index);
    step(*resumed, resumed_w, index);
  }
  REQUIRE(w.equal(resumed_w));
  REQUIRE(resumed->state().at("step").item<int64_t>() == 6);
}

TEST_CASE("state of another optimizer or another network is refused") {
  const Tensor w = at::randn({5});
  const auto adam = make_optimizer(rule("adam"), w);
  REQUIRE_THROWS_WITH(adam->load_state(make_optimizer(rule("rmsprop"), w)->state()), Contains("first_moment"));
  REQUIRE_THROWS_WITH(adam->load_state(make_optimizer(rule("adam"), at::randn({6}))->state()),
                      Contains("another shape"));
  REQUIRE_THROWS_AS(make_optimizer(rule("adma"), w), Error);
}

TEST_CASE("a gradient longer than the norm is shrunk to it, a shorter one is left alone") {
  const auto type = GENERATE(at::kFloat, at::kDouble);
  Tensor g = at::tensor({3.0, -4.0}, type);
  REQUIRE(clip_norm(g, 10.0) == Approx(5.0));
  REQUIRE(g.equal(at::tensor({3.0, -4.0}, type)));
  REQUIRE(clip_norm(g, 1.0) == Approx(5.0));
  REQUIRE(distance(g, at::tensor({0.6, -0.8}, at::kDouble)) < 1e-7);
  REQUIRE(clip_norm(g, 1e-3) == Approx(1.0));
  Tensor bad = at::tensor({1.0, std::numeric_limits<double>::quiet_NaN()}, type);
  REQUIRE(std::isnan(clip_norm(bad, 1.0)));
}

TEST_CASE("the norm of a large gradient does not depend on the number of threads") {
  const Tensor g = at::randn({300'001});
  const int threads = at::get_num_threads();
  std::vector<double> lengths;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    Tensor copy = g.clone();
    lengths.push_back(clip_norm(copy, 1.0));
    Tensor again = copy.clone();
    REQUIRE(clip_norm(again, 1.0) == Approx(1.0).epsilon(1e-6));
  }
  at::set_num_threads(threads);
  REQUIRE(lengths[0] == lengths[1]);
  REQUIRE(lengths[0] == Approx(g.to(at::kDouble).norm().item<double>()).epsilon(1e-12));
}

TEST_CASE("components are cut at the limit and NaN stays visible") {
  const auto type = GENERATE(at::kFloat, at::kDouble);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Tensor g = at::tensor({-3.0, -2.0, 0.5, 2.5, nan}, type);
  clip_value(g, 2.0);
  REQUIRE(g.narrow(0, 0, 4).equal(at::tensor({-2.0, -2.0, 0.5, 2.0}, type)));
  REQUIRE(g[4].isnan().item<bool>());
}

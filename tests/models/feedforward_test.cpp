// Feed-forward networks: textbook figures to their last digit, PyTorch's output and gradients, what every model owes.
// B = batch, C = input columns, O = output units
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "base/error.h"
#include "models/feedforward/data.h"
#include "models/feedforward/model.h"
#include "models/feedforward/net.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "nn/tensor_file.h"
#include "test.h"
#include "train/batches.h"
#include "train/evaluate.h"

using namespace seq;
using namespace seq::feedforward;
using Catch::Contains;

namespace {

at::Generator generator(uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

FeedforwardOptions shape(const std::vector<int64_t>& hidden, const std::string& activation,
                         const std::string& output = "linear") {
  FeedforwardOptions options;
  options.hidden = hidden;
  options.activation = activation;
  options.output_activation = output;
  return options;
}

/// A network whose parameters are these values, in order.
Feedforward with_weights(const FeedforwardOptions& options, int64_t inputs, const std::vector<Tensor>& values) {
  Feedforward net(options, inputs, values.back().numel(), generator(1));
  const at::NoGradGuard no_gradients;
  const std::vector<Tensor> parameters = net->parameters();
  REQUIRE(parameters.size() == values.size());
  for (size_t i = 0; i < values.size(); ++i) Tensor(parameters[i]).copy_(values[i].view(parameters[i].sizes()));
  return net;
}

Tensor row(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble).to(at::kFloat);
}

/// 00, 01, 10, 11.
Tensor four_rows() {
  return row({0, 0, 0, 1, 1, 0, 1, 1}).view({4, 2});
}

/// A config of the model on a made-up set, all of which is trained on.
Config config_of(const Json& model, const Json& generate, const Json& train = Json::object()) {
  Config config;
  config.model = write_fields(read_fields<FeedforwardOptions>(model, "model"));
  config.model["type"] = "feedforward";
  config.data.numeric.generate = read_fields<numeric::GenerateOptions>(generate, "data.numeric.generate");
  config.data.split = {1};
  if (generate.at("set") == "cosine") config.data.numeric.target_kind = "number";
  config.train = read_fields<TrainOptions>(train, "train");
  return config;
}

/// A model, its rows, and the trainer's steps without the trainer.
struct Trained {
  explicit Trained(const Config& wanted)
      : config(wanted),
        data(load_data(config, std::nullopt)),
        model((at::manual_seed(static_cast<uint64_t>(config.seed)), FeedforwardModel(config, data.columns))),
        rows(to_tensors(data.parts.at("train"), data.columns, type())) {
    model.net().to(type());
  }

  at::ScalarType type() const { return config.train.precision == "fp64" ? at::kDouble : at::kFloat; }

  /// One step on a batch; its loss.
  nn::Loss step(const train::Batch& batch) {
    train::State none;
    const nn::Loss loss = model.loss(batch, none);
    parameters.zero_gradients();
    (config.train.reduction == "sum" ? loss.sum : loss.sum / static_cast<double>(loss.count)).backward();
    const at::NoGradGuard no_gradients;
    optimizer->step(parameters.values(), parameters.gradients(), config.train.learning_rate);
    return loss;
  }

  void train(int64_t epochs, bool shuffled = false) {
    const auto batches = train::row_batches(rows.inputs, rows.targets, config.train.batch_size,
                                            shuffled ? std::optional<uint64_t>(1) : std::nullopt);
    model.net().train();
    for (int64_t epoch = 0; epoch < epochs; ++epoch) {
      batches->start_pass(epoch, 0);
      for (train::Batch batch; batches->next(batch);) step(batch);
    }
  }

  /// The weights of a network of one layer, the bias last.
  std::vector<double> weights() {
    std::vector<double> all;
    for (const Tensor& parameter : model.net().parameters())
      for (int64_t i = 0; i < parameter.numel(); ++i) all.push_back(parameter.view({-1})[i].item<double>());
    return all;
  }

  /// The probability of class 1 for each row of a gate.
  std::vector<double> probabilities() {
    const Tensor answers = model.answers(four_rows().to(type()));
    std::vector<double> all;
    for (int64_t i = 0; i < answers.size(0); ++i) all.push_back(answers[i][1].item<double>());
    return all;
  }

  double accuracy() {
    train::State none;
    model.net().eval();
    const nn::Loss loss = model.loss({{{"inputs", rows.inputs}, {"targets", rows.targets}}, 0}, none);
    return loss.right.item<double>() / static_cast<double>(loss.count);
  }

  Config config;
  Data data;
  FeedforwardModel model;
  Tensors rows;
  nn::FlatParameters parameters{model.net()};
  std::unique_ptr<nn::Optimizer> optimizer = nn::make_optimizer(config.train.optimizer, parameters.values());
};

const Json kSgd = {{"type", "sgd"}};

}  // namespace

TEST_CASE("one sigmoid unit says 0.70") {
  Feedforward net = with_weights(shape({}, "relu", "sigmoid"), 3, {row({0.2, 0.3, 0.9}), row({0.5})});
  const double y = net(row({0.5, 0.6, 0.1}).unsqueeze(0)).item<double>();
  REQUIRE(y == Approx(1 / (1 + std::exp(-0.87))).epsilon(1e-6));
  REQUIRE(std::round(y * 100) == 70);
}

TEST_CASE("softmax of the textbooks' logits") {
  const auto softmax = [](const std::vector<double>& logits) {
    return at::softmax(at::tensor(logits, at::kDouble), 0);
  };
  const auto require = [&](const std::vector<double>& logits, const std::vector<double>& expected, double tolerance) {
    const Tensor found = softmax(logits);
    for (size_t i = 0; i < expected.size(); ++i)
      REQUIRE(found[static_cast<int64_t>(i)].item<double>() == Approx(expected[i]).margin(tolerance));
  };
  require({0.6, 1.1, -1.5, 1.2, 3.2, -1.1}, {0.055, 0.090, 0.0067, 0.10, 0.74, 0.010}, 5e-3);
  require({2, 1, 1}, {0.5761, 0.2119, 0.2119}, 5e-5);
  require({10, 3, 2, 1}, {0.9986, 0.0009, 0.0003, 0.0001}, 5e-5);
}

TEST_CASE("the computation graph L = c (a + 2 b)") {
  const auto leaf = [](double value) { return at::tensor({value}, at::kDouble).requires_grad_(); };
  const Tensor a = leaf(3), b = leaf(1), c = leaf(-2);
  const Tensor loss = c * (a + 2 * b);
  loss.backward();
  REQUIRE(loss.item<double>() == -10);
  REQUIRE(a.grad().item<double>() == -2);
  REQUIRE(b.grad().item<double>() == -4);
  REQUIRE(c.grad().item<double>() == 5);
}

TEST_CASE("XOR by hand in rectified units and in step units") {
  Feedforward relu = with_weights(shape({2}, "relu"), 2, {row({1, 1, 1, 1}), row({0, -1}), row({1, -2}), row({0})});
  REQUIRE(relu(four_rows()).squeeze(1).equal(row({0, 1, 1, 0})));
  Feedforward step =
      with_weights(shape({2}, "step", "step"), 2, {row({2, 2, -2, -2}), row({-1, 3}), row({2, 2}), row({-3})});
  REQUIRE(step(four_rows()).squeeze(1).equal(row({0, 1, 1, 0})));
}

TEST_CASE("error correction learns AND in 24 presentations with 11 changes, OR in 16") {
  struct Case {
    const char* gate;
    std::vector<double> weights;  // w1 w2 b, where b = -theta
    int presentations, changes;
  };
  for (const Case& expected : {Case{"and", {2, 1, -3}, 24, 11}, Case{"or", {1, 1, -1}, 16, -1}}) {
    CAPTURE(expected.gate);
    Trained unit(config_of({{"loss", "error_correction"}, {"init", "zeros"}},
                           {{"set", "gates"}, {"gate", expected.gate}},
                           {{"batch_size", 1}, {"learning_rate", 1}, {"optimizer", kSgd}}));
    const auto batches = train::row_batches(unit.rows.inputs, unit.rows.targets, 1, std::nullopt);
    int presentations = 0, changes = 0;
    for (bool clean = false; !clean && presentations < 1000;) {
      clean = true;
      batches->start_pass(0, 0);
      for (train::Batch batch; batches->next(batch); ++presentations) {
        const bool wrong = unit.step(batch).sum.item<double>() > 0;
        changes += wrong;
        clean = clean && !wrong;
      }
    }
    REQUIRE(presentations == expected.presentations);
    if (expected.changes >= 0) REQUIRE(changes == expected.changes);
    REQUIRE(unit.weights() == expected.weights);
  }
}

TEST_CASE("the perceptron separates two clouds") {
  Trained unit(config_of({{"loss", "error_correction"}, {"init", "zeros"}}, {{"set", "gaussians"}},
                         {{"batch_size", 1}, {"learning_rate", 1}, {"optimizer", kSgd}}));
  unit.train(200);
  REQUIRE(unit.accuracy() == 1);
  REQUIRE(unit.model.answers(row({0, 0, 5, 5}).view({2, 2})).argmax(1).equal(at::tensor({0, 1}, at::kLong)));
}

TEST_CASE("logistic regression of OR has the figures of 200 epochs") {
  Trained unit(config_of({{"loss", "binary_cross_entropy"}, {"init", "zeros"}}, {{"set", "gates"}, {"gate", "or"}},
                         {{"batch_size", 4}, {"learning_rate", 0.1}, {"reduction", "sum"}, {"optimizer", kSgd}}));
  unit.train(200);
  const std::vector<double> weights = unit.weights();
  REQUIRE(weights[0] == Approx(3.6119).margin(5e-5));
  REQUIRE(weights[1] == Approx(3.6119).margin(5e-5));
  REQUIRE(weights[2] == Approx(-1.2451).margin(5e-5));
  const std::vector<double> expected = {0.2236, 0.9143, 0.9143, 0.9975}, found = unit.probabilities();
  for (size_t i = 0; i < 4; ++i) REQUIRE(found[i] == Approx(expected[i]).margin(5e-5));
}

TEST_CASE("logistic regression cannot learn XOR") {
  Trained unit(config_of({{"loss", "binary_cross_entropy"}}, {{"set", "gates"}},
                         {{"batch_size", 1}, {"learning_rate", 0.1}, {"optimizer", kSgd}}));
  unit.train(200, /*shuffled=*/true);
  for (const double probability : unit.probabilities()) REQUIRE(probability == Approx(0.5).margin(0.08));
}

TEST_CASE("softmax regression separates three clouds") {
  Trained net(config_of(Json::object(), {{"set", "gaussians"}, {"classes", 3}},
                        {{"batch_size", 50}, {"learning_rate", 0.1}, {"optimizer", kSgd}}));
  net.train(20, /*shuffled=*/true);
  REQUIRE(net.accuracy() >= 0.99);
}

TEST_CASE("two sigmoid units learn XOR") {
  Config config = config_of({{"hidden", {2}},
                             {"activation", "sigmoid"},
                             {"loss", "binary_cross_entropy"},
                             {"init", "truncated_normal"},
                             {"init_deviation", 1}},
                            {{"set", "gates"}},
                            {{"batch_size", 4}, {"learning_rate", 0.1}, {"reduction", "sum"}, {"optimizer", kSgd}});
  config.seed = 3;
  Trained net(config);
  net.train(4000);
  const std::vector<double> expected = {0.008, 0.991, 0.991, 0.013}, found = net.probabilities();
  for (size_t i = 0; i < 4; ++i) REQUIRE(found[i] == Approx(expected[i]).margin(0.01));
}

TEST_CASE("least squares finds the polynomial that made the points, and follows noise at high degrees") {
  const Json train = {{"precision", "fp64"}};
  Trained exact(config_of({{"powers", 3}, {"init", "least_squares"}}, {{"set", "cosine"}}, train));
  const Tensor x = exact.rows.inputs.squeeze(1);
  exact.model.network()->solve(exact.rows.inputs, 2 - 3 * x + 0.5 * x.pow(3));
  const std::vector<double> expected = {-3, 0, 0.5, 2}, found = exact.weights();
  for (size_t i = 0; i < 4; ++i) REQUIRE(found[i] == Approx(expected[i]).margin(1e-9));

  double last = 1e9;
  for (const int64_t degree : {1, 4, 16}) {
    Trained fit(config_of({{"powers", degree}, {"init", "least_squares"}}, {{"set", "cosine"}}, train));
    fit.model.network()->solve(fit.rows.inputs, fit.rows.targets);
    const double error =
        (fit.model.answers(fit.rows.inputs).squeeze(1) - fit.rows.targets).square().mean().item<double>();
    REQUIRE(error < last);
    last = error;
  }
  REQUIRE(last < 0.008);  // below the noise's variance of 0.01: it follows the noise
}

TEST_CASE("a feed-forward network has PyTorch's logits, loss and gradients on the same weights") {
  const bool normalised = GENERATE(false, true);
  const std::string name = normalised ? "feedforward_normalised" : "feedforward";
  const SafetensorsFile file(std::string(SEQ_TEST_FOLDER) + "/models/goldens/" + name + ".safetensors");
  const auto known = nn::to_tensors(file);
  FeedforwardOptions options = shape({6, 5}, "elu");
  options.batch_norm = normalised;
  Feedforward net(options, 3, 4, generator(1));
  {
    const at::NoGradGuard no_gradients;
    for (auto& parameter : net->named_parameters()) parameter.value().copy_(known.at("weight." + parameter.key()));
  }
  const Tensor logits = net(known.at("x"));
  REQUIRE((logits - known.at("logits")).abs().max().item<double>() < 1e-5);
  const nn::Loss loss = nn::cross_entropy(logits, known.at("targets").to(at::kLong), {});
  REQUIRE(loss.sum.item<double>() == Approx(known.at("loss").item<double>()).epsilon(1e-5));
  loss.sum.backward();
  for (const auto& parameter : net->named_parameters()) {
    CAPTURE(parameter.key());
    REQUIRE((parameter.value().grad() - known.at("gradient." + parameter.key())).abs().max().item<double>() < 1e-4);
  }
}

TEST_CASE("an untrained network knows nothing") {
  const Config config =
      config_of({{"hidden", {8}}, {"init", "truncated_normal"}}, {{"set", "gaussians"}, {"classes", 3}});
  Trained net(config);
  train::State none;
  const nn::Loss loss = net.model.loss({{{"inputs", net.rows.inputs}, {"targets", net.rows.targets}}, 0}, none);
  REQUIRE(loss.sum.item<double>() / static_cast<double>(loss.count) == Approx(std::log(3.0)).epsilon(0.01));
  REQUIRE(*net.model.untrained_loss() == Approx(std::log(3.0)));
}

TEST_CASE("a network overfits one batch of noise, with every activation that has a slope") {
  for (const char* activation : {"sigmoid", "tanh", "relu", "leaky_relu", "prelu", "rrelu", "elu"}) {
    CAPTURE(activation);
    Trained net(config_of({{"hidden", {64, 64}}, {"activation", activation}}, {{"set", "gaussians"}, {"noise", 3}},
                          {{"batch_size", 20}, {"learning_rate", 0.01}}));
    net.rows.targets = at::randint(2, {20}, generator(3), at::kFloat);
    net.train(600);
    REQUIRE(net.accuracy() == 1);
  }
}

TEST_CASE("the batch size changes no answer, with batch normalisation too") {
  Trained net(config_of({{"hidden", {8}}, {"batch_norm", true}, {"dropout", 0.5}}, {{"set", "moons"}},
                        {{"batch_size", 20}, {"learning_rate", 0.01}}));
  net.train(2, /*shuffled=*/true);
  const auto loss = [&](int64_t batch_size) {
    const auto batches = train::row_batches(net.rows.inputs, net.rows.targets, batch_size, std::nullopt);
    return train::evaluate(net.model, *batches, c10::kCPU).loss();
  };
  REQUIRE(loss(1) == Approx(loss(300)).epsilon(1e-6));
  REQUIRE(loss(7) == Approx(loss(300)).epsilon(1e-6));
  const Tensor all = net.model.answers(net.rows.inputs), one = net.model.answers(net.rows.inputs.narrow(0, 5, 1));
  REQUIRE((all.narrow(0, 5, 1) - one).abs().max().item<double>() < 1e-6);
}

TEST_CASE("dropout and batch normalisation work in training alone") {
  Trained net(config_of({{"hidden", {32}}, {"dropout", 0.5}}, {{"set", "moons"}}));
  net.model.net().train();
  const Tensor x = net.rows.inputs;
  REQUIRE_FALSE(net.model.network()(x).equal(net.model.network()(x)));
  net.model.net().eval();
  REQUIRE(net.model.network()(x).equal(net.model.network()(x)));
}

TEST_CASE("powers of the inputs stand beside them") {
  FeedforwardOptions options;
  options.powers = 3;
  Feedforward net = with_weights(options, 2, {row({1, 10, 100, 1000, 10000, 100000}), row({0})});
  REQUIRE(net(row({2, 3}).unsqueeze(0)).item<double>() == 2 + 30 + 400 + 9000 + 80000 + 2700000);
}

TEST_CASE("a loss that does not fit the target is refused by its key") {
  const auto refusal = [](const Json& model, const Json& generate) {
    try {
      Trained net(config_of(model, generate));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  REQUIRE_THAT(refusal({{"loss", "squared_error"}}, {{"set", "moons"}}), Contains("squared_error is for numbers"));
  REQUIRE_THAT(refusal({{"loss", "cross_entropy"}}, {{"set", "cosine"}}), Contains("cross_entropy is for classes"));
  REQUIRE_THAT(refusal({{"loss", "binary_cross_entropy"}}, {{"set", "gaussians"}, {"classes", 3}}),
               Contains("is for two classes, the training part has 3"));
  REQUIRE_THAT(refusal({{"init", "least_squares"}}, {{"set", "cosine"}}), Contains("least_squares needs fp64"));
}

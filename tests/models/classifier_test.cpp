// The recurrent classifier: what it owes as a model, its batches, its attention.
// B = texts, N = all their tokens, L = labels
#include "models/classifier/recurrent/net.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "models/classifier/recurrent/batches.h"
#include "models/classifier/recurrent/memory.h"
#include "nn/initialise.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "nn/pooling.h"
#include "test.h"

using namespace seq;
using namespace seq::classifier;

namespace {

constexpr int64_t kVocabulary = 12;

ClassifierOptions options(const std::string& encoder, const std::string& pooling, bool bidirectional = true) {
  ClassifierOptions options;
  options.encoder = encoder;
  options.pooling = pooling;
  options.bidirectional = bidirectional;
  options.layers = 2;
  options.hidden_size = 6;
  options.embedding_size = 4;
  return options;
}

RecurrentClassifier make_net(const ClassifierOptions& options, int64_t labels, const TrainOptions& train = {}) {
  RecurrentClassifier net(options, train, kVocabulary, labels);
  nn::initialise(*net, "uniform", at::detail::createCPUGenerator(1));
  return net;
}

/// Texts of random words; number b has a label that its first word decides.
std::vector<classify::EncodedExample> random_texts(const std::vector<size_t>& lengths, int32_t labels) {
  Random random(5);
  std::vector<classify::EncodedExample> texts;
  for (const size_t length : lengths) {
    classify::EncodedExample& text = texts.emplace_back();
    for (size_t i = 0; i < length; ++i) text.features.push_back(static_cast<uint32_t>(random.below(kVocabulary)));
    text.labels = {static_cast<int32_t>(length == 0 ? 0 : text.features[0] % static_cast<uint32_t>(labels))};
  }
  return texts;
}

std::vector<int64_t> numbers(size_t count) {
  std::vector<int64_t> all;
  for (size_t i = 0; i < count; ++i) all.push_back(static_cast<int64_t>(i));
  return all;
}

std::vector<int64_t> lengths_of(const train::Batch& batch) {
  const at::Tensor lengths = batch["lengths"];
  return {lengths.const_data_ptr<int64_t>(), lengths.const_data_ptr<int64_t>() + lengths.numel()};
}

Scored score(RecurrentClassifier& net, const train::Batch& batch) {
  return net->forward(batch["ids"], lengths_of(batch));
}

/// Log-probabilities by the number of each text.
std::map<int64_t, std::vector<float>> answers(RecurrentClassifier& net,
                                              const std::vector<classify::EncodedExample>& texts, size_t batch_size) {
  const at::NoGradGuard no_gradients;
  std::map<int64_t, std::vector<float>> found;
  for (size_t first = 0; first < texts.size(); first += batch_size) {
    const size_t end = std::min(first + batch_size, texts.size());
    std::vector<int64_t> which;
    for (size_t i = first; i < end; ++i) which.push_back(static_cast<int64_t>(i));
    const train::Batch batch = pack_texts(
        {texts.begin() + static_cast<std::ptrdiff_t>(first), texts.begin() + static_cast<std::ptrdiff_t>(end)}, which,
        3);
    const at::Tensor log_p = net->log_probabilities(score(net, batch).logits).contiguous();
    const auto* values = log_p.const_data_ptr<float>();
    for (int64_t b = 0; b < log_p.size(0); ++b, values += 3)
      found[batch["order"][b].item<int64_t>()] = {values, values + 3};
  }
  return found;
}

const std::vector<std::string> kEncoders = {"rnn", "lstm", "gru"};
const std::vector<std::string> kPoolings = {"last", "mean", "max", "attention"};

}  // namespace

TEST_CASE("an untrained classifier whose head is zero is at chance, of two labels and of more") {
  const int32_t labels = GENERATE(2, 5);
  const bool multi_label = GENERATE(false, true);
  ClassifierOptions one = options("lstm", "mean");
  one.multi_label = multi_label;
  RecurrentClassifier net = make_net(one, labels);
  const at::NoGradGuard no_gradients;
  for (auto& item : net->named_parameters())
    if (item.key().starts_with("head")) item.value().zero_();
  const train::Batch batch = pack_texts(random_texts({5, 3, 0}, labels), numbers(3), labels);
  const double loss = classification_loss(net, score(net, batch).logits, batch["truth"], 0.0, {}).item<double>() / 3;
  REQUIRE(loss == Approx(multi_label ? labels * std::log(2.0) : std::log(labels)).epsilon(1e-6));
}

TEST_CASE("it overfits a batch, with every cell and pooling") {
  const std::string encoder = GENERATE(from_range(kEncoders)), pooling = GENERATE(from_range(kPoolings));
  CAPTURE(encoder, pooling);
  RecurrentClassifier net = make_net(options(encoder, pooling), 3);
  const train::Batch batch = pack_texts(random_texts({7, 6, 6, 4, 2, 1}, 3), numbers(6), 3);
  nn::FlatParameters parameters(*net);
  OptimizerOptions adam;
  const auto optimizer = nn::make_optimizer(adam, parameters.values());
  double loss = 0;
  for (int step = 0; step < 120; ++step) {
    const at::Tensor sum = classification_loss(net, score(net, batch).logits, batch["truth"], 0.0, {});
    loss = sum.item<double>() / 6;
    parameters.zero_gradients();
    sum.backward();
    const at::NoGradGuard no_gradients;
    optimizer->step(parameters.values(), parameters.gradients(), 0.03);
  }
  REQUIRE(loss < 0.05);
}

TEST_CASE("texts that memory cannot hold are refused before training") {
  ClassifierOptions given = options("lstm", "mean");
  const uint64_t of_token = bytes_of_token(given);
  REQUIRE(of_token == 4 * (4 + 10 * 2 * 2 * 6));
  REQUIRE_NOTHROW(check_memory(given, {5, 900, 7, 1'000}, 2, 1'900 * of_token));
  REQUIRE_THROWS_WITH(check_memory(given, {5, 900, 7, 1'000}, 2, 1'900 * of_token - 1),
                      Catch::Contains("model.max_tokens: 0") && Catch::Contains("2 longest texts, 1900 tokens"));
  REQUIRE_NOTHROW(check_memory(given, {5, 900}, 64, 905 * of_token));
}

TEST_CASE("predictions are the same for any batch size and any neighbours, empty texts among them") {
  const std::string encoder = GENERATE(from_range(kEncoders)), pooling = GENERATE(from_range(kPoolings));
  CAPTURE(encoder, pooling);
  RecurrentClassifier net = make_net(options(encoder, pooling), 3);
  net->eval();
  const auto texts = random_texts({3, 0, 9, 1, 1, 30, 4, 4, 0, 2, 17, 5}, 3);
  const auto alone = answers(net, texts, 1);
  REQUIRE(alone.size() == texts.size());
  for (const size_t batch_size : {size_t{7}, texts.size()}) {
    for (const auto& [number, log_p] : answers(net, texts, batch_size))
      for (size_t label = 0; label < 3; ++label) REQUIRE(log_p[label] == Approx(alone.at(number)[label]).margin(2e-6));
  }
}

TEST_CASE("the loss of a batch is the sum of the losses of its texts, and so are gradients") {
  const std::string pooling = GENERATE(from_range(kPoolings));
  CAPTURE(pooling);
  RecurrentClassifier net = make_net(options("lstm", pooling), 3);
  const auto texts = random_texts({8, 0, 5, 5, 1}, 3);
  const auto gradient = [&](const std::vector<train::Batch>& batches, double& loss) {
    net->zero_grad();
    loss = 0;
    for (const train::Batch& batch : batches) {
      const at::Tensor sum = classification_loss(net, score(net, batch).logits, batch["truth"], 0.1, {});
      loss += sum.item<double>();
      sum.backward();
    }
    std::vector<at::Tensor> found;
    for (const at::Tensor& parameter : net->parameters())
      found.push_back(parameter.grad().defined() ? parameter.grad().clone() : at::zeros_like(parameter));
    return found;
  };
  std::vector<train::Batch> single;
  for (size_t i = 0; i < texts.size(); ++i) single.push_back(pack_texts({texts[i]}, {static_cast<int64_t>(i)}, 3));
  double together = 0, apart = 0;
  const auto of_batch = gradient({pack_texts(texts, numbers(texts.size()), 3)}, together),
             of_texts = gradient(single, apart);
  REQUIRE(together == Approx(apart).epsilon(1e-6));
  for (size_t i = 0; i < of_batch.size(); ++i) REQUIRE((of_batch[i] - of_texts[i]).abs().max().item<double>() < 1e-5);
}

TEST_CASE("attention is a distribution over each text's tokens") {
  RecurrentClassifier net = make_net(options("lstm", "attention"), 2);
  const train::Batch batch = pack_texts(random_texts({6, 4, 4, 0}, 2), numbers(4), 2);
  const at::Tensor attention = score(net, batch).attention;
  REQUIRE(attention.numel() == 14);  // a weight for each token and none for padding
  REQUIRE((attention > 0).all().item<bool>());
  const nn::PackedSteps steps({6, 4, 4});
  const at::Tensor sums = nn::sum_over_steps(attention.unsqueeze(1), steps);
  REQUIRE((sums - 1).abs().max().item<double>() < 1e-6);
  const train::Batch none = pack_texts(random_texts({0}, 2), numbers(1), 2);
  REQUIRE(score(net, none).attention.numel() == 0);
}

TEST_CASE("label smoothing and the weights of labels do what their formulas say") {
  const at::Tensor logits = at::tensor({0.3, -1.2, 2.0, 0.1, 0.7, -0.4}).view({2, 3}).to(at::kFloat);
  const at::Tensor truth = at::tensor({0.0F, 1.0F, 0.0F, 1.0F, 0.0F, 0.0F}).view({2, 3});
  const at::Tensor weights = at::tensor({0.5F, 2.0F, 1.0F});
  const bool multi_label = GENERATE(false, true);
  ClassifierOptions one = options("lstm", "mean");
  one.multi_label = multi_label;
  const RecurrentClassifier net = make_net(one, 3);
  double expected = 0;
  for (int64_t b = 0; b < 2; ++b) {
    double normal = 0;
    for (int64_t l = 0; l < 3; ++l) normal += std::exp(logits[b][l].item<double>());
    for (int64_t l = 0; l < 3; ++l) {
      const double s = logits[b][l].item<double>(), right = truth[b][l].item<double>();
      const double weight = multi_label ? weights[l].item<double>() : b == 0 ? 2.0 : 0.5;
      if (multi_label) {
        const double wanted = right * 0.9 + 0.05, p = 1 / (1 + std::exp(-s));
        expected -= weight * (wanted * std::log(p) + (1 - wanted) * std::log(1 - p));
      } else {
        expected -= weight * (right * 0.9 + 0.1 / 3) * (s - std::log(normal));
      }
    }
  }
  REQUIRE(classification_loss(net, logits, truth, 0.1, weights).item<double>() == Approx(expected).epsilon(1e-6));
}

TEST_CASE("a pass has every text once, in an order of its own that any position can be reached in") {
  const TemporaryFile file("texts");
  TextFeatures features;
  features.labels = classify::Labels({"a", "b"});
  std::vector<size_t> lengths;
  for (size_t i = 0; i < 1000; ++i) lengths.push_back(i * 37 % 91);
  const classify::EncodedLayout layout{kVocabulary, 2};
  classify::EncodedWriter writer(file.path(), layout);
  for (const auto& text : random_texts(lengths, 2)) writer.add(text);
  writer.finish();
  const auto examples = std::make_shared<const classify::EncodedExamples>(file.path(), layout);
  const auto batches = training_texts(examples, features, 7, 3);
  const auto orders = [&](int64_t pass, int64_t position) {
    std::vector<std::vector<int64_t>> all;
    batches->start_pass(pass, position);
    for (train::Batch batch; batches->next(batch);) {
      const auto* first = batch["order"].const_data_ptr<int64_t>();
      all.emplace_back(first, first + batch.count);
    }
    return all;
  };
  const auto whole = orders(1, 0);
  REQUIRE(static_cast<int64_t>(whole.size()) == batches->batches_per_pass());
  std::set<int64_t> seen;
  int64_t spread = 0;
  for (const auto& batch : whole) {
    seen.insert(batch.begin(), batch.end());
    spread += examples->length(batch.front()) - examples->length(batch.back());
  }
  REQUIRE(seen.size() == 1000);
  REQUIRE(spread < 5 * static_cast<int64_t>(whole.size()));  // of 90: a batch's texts are of similar length
  REQUIRE(orders(2, 0) != whole);
  const auto rest = orders(1, 66);
  REQUIRE(std::vector(whole.begin() + 66, whole.end()) == rest);

  const auto once = evaluation_texts(examples, features, 7);
  std::set<int64_t> evaluated;
  int64_t count = 0;
  once->start_pass(0, 0);
  for (train::Batch batch; once->next(batch); ++count)
    for (int64_t b = 0; b < batch.count; ++b) evaluated.insert(batch["order"][b].item<int64_t>());
  REQUIRE((evaluated.size() == 1000 && count == once->batches_per_pass()));
}

TEST_CASE("batches of long texts are smaller, one of them goes alone") {
  const std::vector<int64_t> lengths = {1'000'000, 100'000, 100'000, 10, 5, 0};
  REQUIRE(batch_ends(lengths, 4) == std::vector<size_t>{1, 2, 6});
  REQUIRE(batch_ends({}, 4).empty());
}

// What every model owes, of the character RNN.
// B = batch, T = time, V = vocabulary
#include <ATen/Context.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>

#include <cmath>

#include "decode/sampler.h"
#include "models/char_rnn/task.h"
#include "nn/optimizer.h"
#include "nn/parameters.h"
#include "nn/tensor_file.h"
#include "test.h"

using namespace seq;
using at::Tensor;
using seq::test::TemporaryFolder;
using seq::train::Batch;
using seq::train::State;

namespace {

constexpr int64_t kVocabulary = 11;

Config config(Json model, const std::string& kernel = "fast", const std::string& precision = "fp32") {
  Config all;
  all.model = {{"type", "char_rnn"}, {"hidden_size", 24}};
  if (model.is_object()) all.model.update(model);
  all.train.kernel = kernel;
  all.train.precision = precision;
  return all;
}

std::unique_ptr<LanguageModel> make(const Config& settings, uint64_t seed = 1) {
  at::manual_seed(seed);
  return make_char_rnn(settings, kVocabulary);
}

Batch random_batch(int64_t rows, int64_t time) {
  at::manual_seed(77);
  const Tensor text = at::randint(kVocabulary, {rows, time + 1}, at::kLong);
  return {{{"ids", text.narrow(1, 0, time)}, {"targets", text.narrow(1, 1, time)}}, rows * time};
}

Batch part(const Batch& batch, int64_t row, int64_t length) {
  Batch cut;
  for (const auto& [name, tensor] : batch.tensors) cut.tensors[name] = tensor.narrow(0, row, 1).narrow(1, 0, length);
  return cut;
}

double loss_of(LanguageModel& model, const Batch& batch) {
  const at::NoGradGuard no_gradients;
  State state;
  const nn::Loss loss = model.loss(batch, state);
  REQUIRE(loss.count > 0);
  return loss.sum.item<double>();
}

/// The mean loss of each step of a short training on one batch.
std::vector<double> train_steps(LanguageModel& model, const Batch& batch, int steps, double rate) {
  nn::FlatParameters parameters(model.net());
  const auto optimizer = nn::make_optimizer({}, parameters.values());
  std::vector<double> losses;
  for (int step = 0; step < steps; ++step) {
    State state;
    const nn::Loss loss = model.loss(batch, state);
    const Tensor mean = loss.sum / static_cast<double>(loss.count);
    losses.push_back(mean.item<double>());
    parameters.zero_gradients();
    mean.backward();
    const at::NoGradGuard no_gradients;
    optimizer->step(parameters.values(), parameters.gradients(), rate);
  }
  return losses;
}

double distance(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

std::string cell() {
  return GENERATE(as<std::string>{}, "rnn", "lstm", "gru");
}

}  // namespace

TEST_CASE("an untrained character RNN guesses") {
  const auto model = make(config({{"cell", cell()}}));
  const Batch batch = random_batch(8, 30);
  REQUIRE(loss_of(*model, batch) / 240 == Approx(std::log(static_cast<double>(kVocabulary))).margin(0.1));
}

TEST_CASE("a character RNN learns one batch by heart") {
  const auto model = make(config({{"cell", cell()}}));
  REQUIRE(train_steps(*model, random_batch(3, 10), 150, 0.02).back() < 0.05);
}

TEST_CASE("logits, loss and gradients equal PyTorch's on the same weights") {
  const std::string name = cell(), kernel = GENERATE(as<std::string>{}, "fast", "plain");
  CAPTURE(name, kernel);
  const SafetensorsFile file(std::string(SEQ_TEST_FOLDER) + "/models/goldens/char_rnn_" + name + ".safetensors");
  auto known = nn::to_tensors(file);
  const int64_t vocabulary = known.at("weight.embedding").size(0);
  Json shape = {{"cell", name}, {"hidden_size", known.at("weight.head_weight").size(1)}};
  shape["embedding_size"] = known.at("weight.embedding").size(1);
  const auto model = make_char_rnn(config(shape, kernel), vocabulary);
  std::map<std::string, Tensor> weights;
  for (const auto& [key, tensor] : known)
    if (key.rfind("weight.", 0) == 0) weights[key.substr(7)] = tensor;
  nn::load_weights(model->net(), weights, "golden");

  const Tensor ids = known.at("ids").to(at::kLong);  // two windows and the last target
  const int64_t time = ids.size(1) / 2;
  const auto window = [&](int64_t from) {
    return Batch{{{"ids", ids.narrow(1, from, time)}, {"targets", ids.narrow(1, from + 1, time)}}, ids.size(0) * time};
  };
  State state;
  model->loss(window(0), state);
  state = nn::detach(state);
  const nn::Loss loss = model->loss(window(time), state);
  REQUIRE(loss.sum.item<double>() == Approx(known.at("loss").item<double>()).epsilon(1e-5));
  loss.sum.backward();
  for (const auto& parameter : model->net().named_parameters()) {
    CAPTURE(parameter.key());
    REQUIRE(distance(parameter.value().grad(), known.at("gradient." + parameter.key())) < 1e-5);
  }

  const auto stepper = model->stepper(kernel == "fast");
  for (int64_t t = 0; t < 2 * time; ++t) {
    const auto logits = stepper->step(ids[0][t].item<int64_t>());
    if (t < time) continue;
    for (int64_t id = 0; id < vocabulary; ++id)
      REQUIRE(logits[static_cast<size_t>(id)] ==
              Approx(known.at("logits")[0][t - time][id].item<double>()).margin(1e-5));
  }
}

TEST_CASE("padding does not change the loss, nor does the size of the batch") {
  const auto model = make(config({{"cell", cell()}}));
  model->net().eval();
  Batch batch = random_batch(3, 8);
  const double alone =
      loss_of(*model, part(batch, 0, 8)) + loss_of(*model, part(batch, 1, 5)) + loss_of(*model, part(batch, 2, 1));
  Tensor mask = at::ones({3, 8});
  mask[1].narrow(0, 5, 3).zero_();
  mask[2].narrow(0, 1, 7).zero_();
  batch.tensors["mask"] = mask;
  REQUIRE(loss_of(*model, batch) == Approx(alone).epsilon(1e-5));
  batch.tensors["ids"] = batch["ids"].clone();
  batch.tensors["ids"][1].narrow(0, 5, 3).zero_();
  REQUIRE(loss_of(*model, batch) == Approx(alone).epsilon(1e-5));
}

TEST_CASE("weights saved and loaded keep the loss") {
  const TemporaryFolder folder;
  const Config settings = config({{"cell", cell()}, {"layers", 1}});
  const auto model = make(settings), other = make(settings, 2);
  const Batch batch = random_batch(4, 9);
  REQUIRE(loss_of(*model, batch) != loss_of(*other, batch));
  std::vector<Tensor> held;
  write_safetensors(folder.path() / "w", nn::tensor_bytes(nn::named_tensors(model->net()), held), {});
  nn::load_weights(other->net(), nn::to_tensors(SafetensorsFile(folder.path() / "w")), "w");
  REQUIRE(loss_of(*model, batch) == loss_of(*other, batch));
}

TEST_CASE("the fused kernel trains as the plain path does") {
  const Batch batch = random_batch(7, 20);
  const auto plain = train_steps(*make(config({}, "plain")), batch, 20, 0.01);
  const auto fused = train_steps(*make(config({})), batch, 20, 0.01);
  REQUIRE(plain.front() - plain.back() > 0.1);
  for (size_t step = 0; step < plain.size(); ++step) REQUIRE(fused[step] == Approx(plain[step]).epsilon(1e-4));
  for (const std::string kernel : {"fast", "plain"}) {
    const auto half = train_steps(*make(config({}, kernel, "bf16")), batch, 20, 0.01);
    for (size_t step = 0; step < plain.size(); ++step) REQUIRE(half[step] == Approx(plain[step]).epsilon(0.02));
  }
}

TEST_CASE("the fused and the plain stepper write the same text, whatever the cell") {
  TokenizerOptions options;
  const auto trainer = make_tokenizer_trainer(options);
  trainer->add("abcdefghij");
  const auto tokenizer = trainer->finish();
  REQUIRE(tokenizer->vocabulary().size() == kVocabulary);
  const auto model = make(config({{"cell", cell()}}));
  train_steps(*model, random_batch(3, 10), 20, 0.02);
  const auto text = [&](bool fast) {
    SampleOptions sample;
    sample.length = 200;
    Random random(4);
    std::string written;
    const auto stepper = model->stepper(fast);
    decode::generate(*stepper, *tokenizer, sample, random, [&](std::string_view piece) { written += piece; });
    return written;
  };
  REQUIRE(text(true).size() == 200);
  REQUIRE(text(true) == text(false));
}

TEST_CASE("peepholes change the model and train") {
  const Batch batch = random_batch(3, 10);
  const auto model = make(config({{"peepholes", true}}));
  REQUIRE(nn::named_tensors(model->net()).contains("rnn.weight_ci_l0"));
  REQUIRE(train_steps(*model, batch, 150, 0.02).back() < 0.1);
}

TEST_CASE("each dropout works in training alone") {
  const char* const kind = GENERATE("dropout", "embedding_dropout", "output_dropout");
  CAPTURE(kind);
  const auto model = make(config({{kind, 0.5}}));
  const Batch batch = random_batch(3, 10);
  REQUIRE(loss_of(*model, batch) != loss_of(*model, batch));
  model->net().eval();
  REQUIRE(loss_of(*model, batch) == loss_of(*model, batch));
  REQUIRE(loss_of(*model, batch) == Approx(loss_of(*make(config({})), batch)).epsilon(1e-6));
}

TEST_CASE("streams whose state is reset start from nothing, in training alone") {
  const auto model = make(config({{"state_reset", 1}}));
  const Batch first = random_batch(3, 10);
  const double cold = loss_of(*model, first);
  const auto continued = [&] {
    const at::NoGradGuard no_gradients;
    State state;
    model->loss(first, state);
    return model->loss(first, state).sum.item<double>();
  };
  REQUIRE(continued() == Approx(cold).epsilon(1e-6));
  model->net().eval();
  REQUIRE(std::abs(continued() - cold) > 1e-4);
  const auto half = make(config({{"state_reset", 0.5}}));
  State state;
  half->loss(first, state);
  const double once = half->loss(first, state).sum.item<double>();
  REQUIRE(std::isfinite(once));
}

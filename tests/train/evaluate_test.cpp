// Evaluation: sums over streams and windows against one token after the other.
#include "train/evaluate.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "test.h"
#include "toy.h"

using namespace seq;
using namespace seq::train;
using seq::test::some_text;
using seq::test::TemporaryFolder;
using seq::test::token_file;
using seq::test::ToyModel;

namespace {

Evaluation evaluated(ToyModel& model, const std::shared_ptr<const TokenFile>& tokens, int64_t batch_size,
                     int64_t window, int64_t context) {
  EvalOptions options;
  options.batch_size = batch_size;
  options.window = window;
  options.context = context;
  return evaluate(model, *evaluation_windows(tokens, options), c10::kCPU);
}

}  // namespace

TEST_CASE("one stream in windows of any length gives the sum token by token") {
  const TemporaryFolder folder;
  ToyModel model;
  const auto tokens = token_file(folder.path() / "t.bin", some_text(50), 7);
  const Evaluation one_by_one = evaluated(model, tokens, 1, 1, 0);
  REQUIRE(one_by_one.count == 49);
  for (const int64_t window : {2, 7, 49, 1000}) {
    const Evaluation whole = evaluated(model, tokens, 1, window, 0);
    REQUIRE(whole.count == 49);
    REQUIRE(whole.sum == Approx(one_by_one.sum).epsilon(1e-6));
  }
}

TEST_CASE("the batch size does not change the loss when the context covers the text") {
  const TemporaryFolder folder;
  ToyModel model;
  const auto tokens = token_file(folder.path() / "t.bin", some_text(400), 7);
  const Evaluation single = evaluated(model, tokens, 1, 16, 0);
  const double cold = evaluated(model, tokens, 8, 16, 0).sum;
  const double warm = evaluated(model, tokens, 8, 16, 24).sum;  // this net forgets within 24 tokens
  REQUIRE(warm == Approx(single.sum).epsilon(1e-5));
  REQUIRE(std::abs(cold - single.sum) > 10 * std::abs(warm - single.sum));
}

TEST_CASE("evaluation restores the mode, leaves gradients and the generator alone, and repeats itself") {
  const TemporaryFolder folder;
  ToyModel model(0.5);
  const auto tokens = token_file(folder.path() / "t.bin", some_text(60), 7);
  model.net().train();
  const at::Tensor before = at::globalContext().defaultGenerator(c10::kCPU).get_state().clone();
  const Evaluation first = evaluated(model, tokens, 2, 8, 4);
  REQUIRE(model.net().is_training());
  REQUIRE(first.sum == evaluated(model, tokens, 2, 8, 4).sum);
  REQUIRE(at::globalContext().defaultGenerator(c10::kCPU).get_state().equal(before));
  for (const auto& parameter : model.net().parameters()) REQUIRE_FALSE(parameter.grad().defined());
  model.net().eval();
  evaluated(model, tokens, 2, 8, 4);
  REQUIRE_FALSE(model.net().is_training());
}

TEST_CASE("the metrics of a language model follow from its loss") {
  const Json metrics = language_metrics({4 * std::log(8.0), 4});
  REQUIRE(metrics.at("loss").get<double>() == Approx(std::log(8.0)));
  REQUIRE(metrics.at("perplexity").get<double>() == Approx(8));
  REQUIRE(metrics.at("bits_per_character").get<double>() == Approx(3));
}

TEST_CASE("counting tokens needs no model") {
  const TemporaryFolder folder;
  const auto batches = evaluation_windows(token_file(folder.path() / "t.bin", some_text(60), 7), {}, 0);
  int64_t zeros = 0;
  for (const int32_t id : some_text(60)) zeros += id == 0 ? 1 : 0;
  REQUIRE(zeros > 1);
  REQUIRE(count_tokens(*batches) == 60 - zeros);  // the first token is a zero and never counts
}

// Word2vec on tensors against the loop on plain arrays, and against autograd through the tables.
// V = vocabulary, D = dimension
#include "models/word2vec/tensor/net.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>

#include <string>
#include <vector>

#include "models/word2vec/tensor/updates.h"
#include "test.h"

namespace {

using at::Tensor;
using namespace seq::vectors;
using seq::word2vec::make_batch;
using seq::word2vec::Word2vecNet;

// So even that no path in the tree has more than six nodes: the loop goes through outputs in blocks of so many.
const std::vector<uint64_t> kCounts = {30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 11, 10};
constexpr uint32_t kEnd = 12;
const std::vector<uint32_t> kSentences = {0, 7, 3, 11, 5, kEnd, 2, 9, 0, 4, 1};  // ten words, none twice in a window
const std::vector<uint32_t> kPairs = {0, 7, kEnd, 3, 11, kEnd, 5, 2, kEnd, 9, 0, kEnd, 4, 1};

Word2vecOptions options_of(const std::string& architecture, const std::string& context, const std::string& loss) {
  Word2vecOptions options;
  options.architecture = architecture;
  options.context = context;
  options.loss = loss;
  options.dimension = 20;  // padded to 32
  options.window = 2;
  options.subsample = 0;
  options.negatives = 5;
  return options;
}

/// A model whose outputs are no longer zero.
Word2vec begun(const Word2vecOptions& options) {
  Word2vec model(options, kCounts, 1);
  model.train(kSentences, 1, 0.5F, Kernel::plain);
  return model;
}

template <class Check>
void for_each_kind(Check check) {
  for (const std::string architecture : {"skip_gram", "cbow"})
    for (const std::string context : {"mean", "sum"})
      for (const std::string loss : {"negative_sampling", "hierarchical_softmax", "full_softmax"}) {
        if (architecture == "skip_gram" && context == "sum") continue;  // it has no context
        CAPTURE(architecture, context, loss);
        check(options_of(architecture, context, loss));
      }
}

}  // namespace

TEST_CASE("on the CPU the module's tables are the model's own", "[word2vec_tensor]") {
  Word2vec model = begun(options_of("skip_gram", "mean", "negative_sampling"));
  Word2vecNet net(model, options_of("skip_gram", "mean", "negative_sampling"), at::kCPU);
  REQUIRE(net->named_parameters().contains("vectors"));
  REQUIRE(net->named_parameters().contains("outputs"));
  CHECK(net->input_table.data_ptr<float>() == model.vectors().row(0));
  CHECK(net->input_table.sizes() == at::IntArrayRef({12, 32}));
  CHECK(net->input_table[5][19].item<float>() == model.vectors().values(5)[19]);
  CHECK(net->output_table[3][7].item<float>() == model.outputs().values(3)[7]);
}

TEST_CASE("ten updates by autograd equal the plain loop's, from the same samples", "[word2vec_tensor]") {
  for_each_kind([](const Word2vecOptions& options) {
    // The loop's full softmax goes to the next neighbour with outputs that the one before has changed.
    const bool in_turn = options.loss == "full_softmax" && options.architecture == "skip_gram";
    const std::vector<uint32_t>& text = in_turn ? kPairs : kSentences;
    Word2vec plain = begun(options), tensors = begun(options), before = begun(options);
    const LossSum loss = plain.train(text, 2, 0.1F, Kernel::plain);

    Word2vecNet net(tensors, options, at::kCPU), expected(plain, options, at::kCPU), first(before, options, at::kCPU);
    const Samples samples = tensors.sample(text, 2);
    REQUIRE(samples.size() == 10);
    double sum = 0;
    for (size_t i = 0; i < samples.size(); ++i)
      sum += net->step(samples, i, i + 1, static_cast<double>(0.1F)).item<double>();
    CHECK(at::allclose(net->input_table, expected->input_table, 0, 1e-5));
    CHECK(at::allclose(net->output_table, expected->output_table, 0, 1e-5));
    CHECK_FALSE(at::allclose(net->input_table, first->input_table, 0, 1e-3));
    CHECK(sum == Approx(loss.sum).epsilon(1e-5));
  });
}

TEST_CASE("a step goes down the gradient that autograd finds for the tables", "[word2vec_tensor]") {
  for_each_kind([](const Word2vecOptions& options) {
    Word2vec model = begun(options), copy = begun(options);
    Word2vecNet net(model, options, at::kCPU), reference(copy, options, at::kCPU);
    const Samples samples = model.sample(kSentences, 3);
    const bool mean = options.architecture == "cbow" && options.context == "mean";
    const size_t last = mean ? 1 : samples.size();  // the number of neighbours differs from word to word
    const auto batch = make_batch(samples, 0, last, at::kCPU);
    reference->forward(batch).backward();
    const double neighbours = mean ? static_cast<double>(samples.input_ends[0]) : 1;  // word2vec.c's CBOW
    const Tensor vectors = (reference->input_table - 0.1 * neighbours * reference->input_table.grad()).detach();
    const Tensor outputs = (reference->output_table - 0.1 * reference->output_table.grad()).detach();
    net->step(samples, 0, last, 0.1);
    CHECK(at::allclose(net->input_table, vectors, 0, 1e-5));
    CHECK(at::allclose(net->output_table, outputs, 0, 1e-5));
  });
}

TEST_CASE("what fills up a batch counts for nothing", "[word2vec_tensor]") {
  const at::NoGradGuard no_gradients;
  for_each_kind([](const Word2vecOptions& options) {
    Word2vec model = begun(options);
    Word2vecNet net(model, options, at::kCPU);
    const Samples samples = model.sample(kSentences, 4);
    double sum = 0;
    for (size_t i = 0; i < samples.size(); ++i)
      sum += net->forward(make_batch(samples, i, i + 1, at::kCPU)).item<double>();
    CHECK(net->forward(make_batch(samples, 0, samples.size(), at::kCPU)).item<double>() == Approx(sum).epsilon(1e-5));
  });
}

TEST_CASE("tensors and the loop measure the same loss of the same text", "[word2vec_tensor]") {
  std::vector<uint32_t> text;
  FastRandom random(5);
  for (int i = 0; i < 500; ++i) text.push_back(FastRandom::below(random.next(), 13));  // words, ends of sentences
  for_each_kind([&](const Word2vecOptions& given) {
    seq::Word2vecOptions options;
    static_cast<Word2vecOptions&>(options) = given;
    options.subsample = 0.01;
    options.dynamic_window = true;
    options.batch_words = 7;
    Word2vec model(options, kCounts, 1);
    model.train(text, 1, 0.1F);
    const LossSum expected = model.loss(text, 9);
    seq::Config config;
    config.threads = 1;
    const LossSum found = seq::word2vec::make_tensor_updates(model, options, config)->loss(text, 9);
    CHECK(found.count == expected.count);
    CHECK(found.sum == Approx(expected.sum).epsilon(1e-5));
  });
}

TEST_CASE("at a small rate large batches learn what the loop learns", "[word2vec_tensor]") {
  for_each_kind([](const Word2vecOptions& given) {
    seq::Word2vecOptions options;
    static_cast<Word2vecOptions&>(options) = given;
    Word2vec plain = begun(options), tensors = begun(options), before = begun(options);
    seq::Config config;
    config.threads = 1;
    const auto updates = seq::word2vec::make_tensor_updates(tensors, options, config);
    updates->train(kSentences, 6, 1e-3F);
    plain.train(kSentences, 6, 1e-3F, Kernel::plain);
    Word2vecNet net(tensors, options, at::kCPU), expected(plain, options, at::kCPU), first(before, options, at::kCPU);
    const auto near = [](const Tensor& found, const Tensor& wanted, const Tensor& start) {
      const double learnt = (wanted - start).norm().item<double>();
      return learnt > 0 && (found - wanted).norm().item<double>() < 0.05 * learnt;
    };
    CHECK(near(net->input_table, expected->input_table, first->input_table));
    CHECK(near(net->output_table, expected->output_table, first->output_table));
  });
}

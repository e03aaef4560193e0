// Word2vec's updates against autograd on the textbook's losses.
// V = vocabulary, D = dimension
#include "vectors/train/word2vec.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/zeros_like.h>

#include "test.h"

namespace {

using at::Tensor;
using namespace seq::vectors;

Tensor to_tensor(const PaddedTable& table) {  // [rows, D]
  Tensor tensor = at::empty({table.rows(), table.dimension()});
  for (uint32_t row = 0; row < table.rows(); ++row) {
    const auto values = table.values(row);
    std::copy(values.begin(), values.end(), tensor[row].data_ptr<float>());
  }
  return tensor.to(at::kDouble);
}

/// The loss of predicting `word` from a vector [D], as its paper writes it.
Tensor textbook_loss(const Tensor& outputs, const Tensor& input, uint32_t word, const std::string& loss,
                     const HuffmanTree& tree) {
  const Tensor products = at::mv(outputs, input);
  if (loss == "full_softmax") return -at::log_softmax(products, 0)[word];
  Tensor sum = at::zeros_like(products[0]);
  if (loss == "hierarchical_softmax") {
    for (size_t i = 0; i < tree.nodes(word).size(); ++i) {
      const Tensor product = products[tree.nodes(word)[i]];
      sum = sum - at::log_sigmoid(tree.labels(word)[i] > 0.5F ? product : -product);
    }
    return sum;
  }
  for (uint32_t j = 0; j < products.numel(); ++j)  // all other words are its noise
    sum = sum - at::log_sigmoid(j == word ? products[j] : -products[j]);
  return sum;
}

/// Ten updates by autograd: one for each word of three sentences of three words, and one more sentence of one pair.
void train_by_autograd(Tensor& vectors, Tensor& outputs, const std::vector<std::vector<uint32_t>>& sentences,
                       const Word2vecOptions& options, const HuffmanTree& tree, double rate) {
  for (const auto& sentence : sentences)
    for (size_t centre = 0; centre < sentence.size(); ++centre) {
      vectors = vectors.detach().requires_grad_();
      outputs = outputs.detach().requires_grad_();
      Tensor loss;
      double neighbours = 0;
      Tensor sum = at::zeros_like(vectors[0]);
      for (size_t i = 0; i < sentence.size(); ++i) {
        if (i == centre) continue;
        ++neighbours;
        const Tensor input = vectors[sentence[i]];
        sum = sum + input;
        if (options.architecture == "cbow") continue;
        const Tensor one = textbook_loss(outputs, input, sentence[centre], options.loss, tree);
        loss = loss.defined() ? loss + one : one;
      }
      const bool mean = options.context == "mean" && options.architecture == "cbow";
      if (options.architecture == "cbow")
        loss = textbook_loss(outputs, mean ? sum / neighbours : sum, sentence[centre], options.loss, tree);
      loss.backward();
      const at::NoGradGuard no_gradients;
      // word2vec.c gives each neighbour all that the mean gains.
      vectors = vectors - rate * (mean ? neighbours : 1.0) * vectors.grad();
      outputs = outputs - rate * outputs.grad();
    }
}

}  // namespace

TEST_CASE("ten updates equal autograd's on the textbook's loss", "[word2vec]") {
  const std::vector<uint64_t> counts = {30, 20, 10};
  const std::vector<std::vector<uint32_t>> sentences = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {0, 2}};
  std::vector<uint32_t> text;
  for (const auto& sentence : sentences) {
    text.insert(text.end(), sentence.begin(), sentence.end());
    text.push_back(3);
  }
  for (const std::string architecture : {"skip_gram", "cbow"})
    for (const std::string context : {"mean", "sum"})
      for (const std::string loss : {"negative_sampling", "hierarchical_softmax", "full_softmax"}) {
        if (loss == "full_softmax" && architecture == "skip_gram") continue;  // see the next test
        CAPTURE(architecture, context, loss);
        Word2vecOptions options;
        options.architecture = architecture;
        options.context = context;
        options.loss = loss;
        options.dimension = 7;
        options.window = 2;
        options.dynamic_window = false;
        options.subsample = 0;
        options.negatives = 2;  // distinct and none the word itself: all the others
        options.noise_power = 0;
        const HuffmanTree tree(counts);
        Word2vec model(options, counts, 1);
        model.train(text, 1, 0.5F, Kernel::plain);  // away from outputs of zero
        Tensor vectors = to_tensor(model.vectors()), outputs = to_tensor(model.outputs());
        const Tensor before = vectors;
        model.train(text, 2, 0.1F, Kernel::plain);
        train_by_autograd(vectors, outputs, sentences, options, tree, static_cast<double>(0.1F));
        CHECK(at::allclose(to_tensor(model.vectors()), vectors, 0, 1e-5));
        CHECK(at::allclose(to_tensor(model.outputs()), outputs, 0, 1e-5));
        CHECK_FALSE(at::allclose(before, vectors, 0, 1e-3));
      }
}

TEST_CASE("the full softmax of skip-gram updates after each pair, as autograd does on pairs", "[word2vec]") {
  const std::vector<uint64_t> counts = {30, 20, 10};
  Word2vecOptions options;
  options.loss = "full_softmax";
  options.dimension = 7;
  options.window = 1;
  options.dynamic_window = false;
  options.subsample = 0;
  const std::vector<std::vector<uint32_t>> sentences = {{0, 1}, {2, 1}, {1, 0}, {0, 2}, {2, 0}};
  const std::vector<uint32_t> text = {0, 1, 3, 2, 1, 3, 1, 0, 3, 0, 2, 3, 2, 0};
  Word2vec model(options, counts, 1);
  model.train(text, 1, 0.5F);
  Tensor vectors = to_tensor(model.vectors()), outputs = to_tensor(model.outputs());
  model.train(text, 2, 0.1F);
  train_by_autograd(vectors, outputs, sentences, options, HuffmanTree(counts), static_cast<double>(0.1F));
  CHECK(at::allclose(to_tensor(model.vectors()), vectors, 0, 1e-5));
  CHECK(at::allclose(to_tensor(model.outputs()), outputs, 0, 1e-5));
}

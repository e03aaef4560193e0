// Word2vec's plain loop against gradients derived by hand, in doubles.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "test.h"
#include "vectors/train/word2vec.h"

namespace seq::vectors {
namespace {

using Vector = std::vector<double>;
using Table = std::vector<Vector>;

Table in_doubles(const PaddedTable& table) {
  Table rows;
  for (uint32_t row = 0; row < table.rows(); ++row)
    rows.emplace_back(table.values(row).begin(), table.values(row).end());
  return rows;
}

double product(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void add(Vector& to, double factor, const Vector& from) {
  for (size_t k = 0; k < to.size(); ++k) to[k] += factor * from[k];
}

double largest_difference(const Table& expected, const PaddedTable& table) {
  double largest = 0;
  for (uint32_t row = 0; row < table.rows(); ++row)
    for (size_t k = 0; k < expected[row].size(); ++k)
      largest = std::max(largest, std::abs(expected[row][k] - static_cast<double>(table.values(row)[k])));
  return largest;
}

/// One word of Samples.
struct Sample {
  std::vector<uint32_t> inputs;
  std::vector<uint32_t> outputs;
  std::vector<float> labels;
};

std::vector<Sample> one_by_one(const Samples& samples) {
  std::vector<Sample> all;
  size_t input = 0, output = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    Sample& one = all.emplace_back();
    for (; input < samples.input_ends[i]; ++input) one.inputs.push_back(samples.inputs[input]);
    for (; output < samples.output_ends[i]; ++output) {
      one.outputs.push_back(samples.outputs[output]);
      one.labels.push_back(samples.labels[output]);
    }
  }
  return all;
}

/// -dL/d(Yx) for each row of Y. With a sigmoid s for each output, L = -log s(±f), it is label - s(f) (Mikolov et al.
/// 2013, eq. 4; Rong 2014, eq. 51); with p = softmax(Yx), L = -log p_word, it is [j = word] - p_j (Rong 2014, eq. 8).
Vector errors(const Vector& x, const Table& outputs, const Sample& sample, bool full_softmax) {
  Vector errors(outputs.size(), 0.0);
  if (!full_softmax) {
    for (size_t j = 0; j < sample.outputs.size(); ++j) {
      const uint32_t row = sample.outputs[j];
      errors[row] = static_cast<double>(sample.labels[j]) - 1 / (1 + std::exp(-product(x, outputs[row])));
    }
    return errors;
  }
  double sum = 0;
  for (const Vector& y : outputs) sum += std::exp(product(x, y));
  for (size_t j = 0; j < outputs.size(); ++j) errors[j] = -std::exp(product(x, outputs[j])) / sum;
  errors[sample.outputs[0]] += 1;
  return errors;
}

/// One update: every prediction of the word from the same values, then all gains.
void update_by_hand(Table& vectors, Table& outputs, const Sample& sample, const Word2vecOptions& options, double rate) {
  const bool full_softmax = options.loss == "full_softmax", cbow = options.architecture == "cbow";
  Table x;  // what predicts the word
  for (const uint32_t input : sample.inputs) x.push_back(vectors[input]);
  if (cbow) {
    Vector sum(x[0].size(), 0.0);
    const double share = options.context == "mean" ? 1.0 / static_cast<double>(x.size()) : 1.0;
    for (const Vector& one : x) add(sum, share, one);
    x = {sum};
  }
  const Table before = outputs;
  for (size_t i = 0; i < x.size(); ++i) {
    const Vector error = errors(x[i], before, sample, full_softmax);
    for (size_t j = 0; j < error.size(); ++j) {
      add(outputs[j], rate * error[j], x[i]);
      // word2vec.c's CBOW: each neighbour gains all that the mean does.
      for (size_t n = 0; n < sample.inputs.size(); ++n)
        if (cbow || n == i) add(vectors[sample.inputs[n]], rate * error[j], before[j]);
    }
  }
}

}  // namespace

TEST_CASE("ten updates of the plain loop equal gradients derived by hand", "[word2vec]") {
  // So even that no path in the tree has more than six nodes: the loop goes through outputs in blocks of so many.
  const std::vector<uint64_t> counts = {30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 11, 10};
  const uint32_t end = 12;
  const std::vector<uint32_t> sentences = {0, 7, 3, 11, 5, end, 2, 9, 0, 4, 1};
  const std::vector<uint32_t> pairs = {0, 7, end, 3, 11, end, 5, 2, end, 9, 0, end, 4, 1};  // see below
  for (const std::string architecture : {"skip_gram", "cbow"})
    for (const std::string context : {"mean", "sum"})
      for (const std::string loss : {"negative_sampling", "hierarchical_softmax", "full_softmax"}) {
        CAPTURE(architecture, context, loss);
        Word2vecOptions options;
        options.architecture = architecture;
        options.context = context;
        options.loss = loss;
        options.dimension = 20;
        options.window = 2;
        options.subsample = 0;
        options.negatives = 5;
        // The full softmax goes to the next neighbour with outputs that the one before has changed.
        const auto& text = loss == "full_softmax" && architecture == "skip_gram" ? pairs : sentences;
        Word2vec model(options, counts, 1);
        model.train(text, 1, 0.5F, Kernel::plain);  // away from outputs of zero
        Table vectors = in_doubles(model.vectors()), outputs = in_doubles(model.outputs());
        const Table first = vectors;
        const std::vector<Sample> samples = one_by_one(model.sample(text, 2));
        REQUIRE(samples.size() == 10);
        for (const Sample& sample : samples)
          update_by_hand(vectors, outputs, sample, options, static_cast<double>(0.1F));
        model.train(text, 2, 0.1F, Kernel::plain);
        CHECK(largest_difference(vectors, model.vectors()) < 1e-5);
        CHECK(largest_difference(outputs, model.outputs()) < 1e-5);
        CHECK(largest_difference(first, model.vectors()) > 1e-3);
      }
}

}  // namespace seq::vectors

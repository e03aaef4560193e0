// Word2vec's parts: what is drawn, which pairs are formed, what an update changes.
#include "vectors/train/word2vec.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "test.h"
#include "vectors/train/softmax.h"
#include "vectors/train/update.h"

namespace seq::vectors {
namespace {

void fill_random(PaddedTable& table, uint64_t seed) {
  FastRandom random(seed);
  for (uint32_t row = 0; row < table.rows(); ++row)
    for (float& value : table.values(row)) value = static_cast<float>(random.next() >> 40) * 0x1.0p-24F - 0.5F;
}

std::vector<float*> rows_of(PaddedTable& table) {
  std::vector<float*> rows;
  for (uint32_t row = 0; row < table.rows(); ++row) rows.push_back(table.row(row));
  return rows;
}

double largest_difference(const PaddedTable& a, const PaddedTable& b) {
  double largest = 0;
  for (uint32_t row = 0; row < a.rows(); ++row)
    for (size_t k = 0; k < a.values(row).size(); ++k)
      largest = std::max(largest, std::abs(static_cast<double>(a.values(row)[k] - b.values(row)[k])));
  return largest;
}

struct Rows {
  PaddedTable inputs;
  PaddedTable outputs;
  std::vector<float> labels;

  Rows(int64_t m, int64_t n, int64_t dimension)
      : inputs(m, dimension), outputs(n, dimension), labels(static_cast<size_t>(n)) {
    fill_random(inputs, 1);
    fill_random(outputs, 2);
    for (size_t j = 0; j < labels.size(); ++j) labels[j] = j % 3 == 0 ? 1.0F : 0.0F;
  }
  double run(double (*apply)(const Update&), float rate) {
    const auto x = rows_of(inputs), y = rows_of(outputs);
    return apply({x.data(), y.data(), labels.data(), static_cast<int>(x.size()), static_cast<int>(y.size()),
                  inputs.stride(), rate});
  }
};

}  // namespace

TEST_CASE("the fast update equals the plain one for every shape of a block", "[word2vec]") {
  for (const int64_t dimension : {1, 16, 100, 300})
    for (int64_t m = 1; m <= 2; ++m)  // in one block whatever the processor
      for (int64_t n = 1; n <= 6; ++n) {
        Rows fast(m, n, dimension), plain(m, n, dimension);
        CHECK(fast.run(update, 0.05F) == Approx(plain.run(update_plain, 0.05F)).epsilon(1e-5));
        CHECK(largest_difference(fast.inputs, plain.inputs) < 1e-5);
        CHECK(largest_difference(fast.outputs, plain.outputs) < 1e-5);
      }
}

TEST_CASE("for a small rate the order of blocks does not matter", "[word2vec]") {
  Rows fast(11, 17, 100), plain(11, 17, 100);
  const float rate = 1e-4F;
  CHECK(fast.run(update, rate) == Approx(plain.run(update_plain, rate)).epsilon(1e-3));
  CHECK(largest_difference(fast.inputs, plain.inputs) < 1e-5);
  CHECK(largest_difference(fast.outputs, plain.outputs) < 1e-5);
}

TEST_CASE("an update with rate 0 measures the loss and changes nothing", "[word2vec]") {
  Rows rows(5, 7, 20), before(5, 7, 20);
  CHECK(rows.run(update, 0.0F) == Approx(before.run(update_plain, 0.0F)).epsilon(1e-5));
  CHECK(largest_difference(rows.inputs, before.inputs) == 0);
  CHECK(largest_difference(rows.outputs, before.outputs) == 0);
}

TEST_CASE("the loss of a product far from zero is bounded and finite", "[word2vec]") {
  PaddedTable x(1, 16), y(1, 16);
  for (const float size : {-100.0F, 100.0F}) {
    x.values(0)[0] = size;
    y.values(0)[0] = 10.0F;
    float* const inputs = x.row(0);
    float* const outputs = y.row(0);
    const float label = 1.0F;
    const double loss = update({&inputs, &outputs, &label, 1, 1, 16, 0.0F});
    CHECK(loss == Approx(size > 0 ? 0.0 : -std::log(1e-7)).margin(1e-5));
  }
}

TEST_CASE("the loss of values that are not numbers is not a number", "[word2vec]") {
  for (int64_t n = 1; n <= 7; ++n) {
    Rows rows(5, n, 20);
    rows.inputs.values(4)[3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(std::isnan(rows.run(update, 0.0F)));
  }
}

TEST_CASE("an update follows the numeric gradient of its loss", "[word2vec]") {
  Rows rows(3, 4, 5);
  const Rows before(3, 4, 5);
  const float rate = 1e-3F;
  rows.run(update_plain, rate);
  const float step = 1e-2F;
  for (uint32_t i = 0; i < 3; ++i)
    for (size_t k = 0; k < 5; ++k) {
      Rows up(3, 4, 5), down(3, 4, 5);
      up.inputs.values(i)[k] += step;
      down.inputs.values(i)[k] -= step;
      const double slope = (up.run(update_plain, 0) - down.run(update_plain, 0)) / (2 * static_cast<double>(step));
      const auto gain = static_cast<double>(rows.inputs.values(i)[k] - before.inputs.values(i)[k]);
      CHECK(gain == Approx(-slope * static_cast<double>(rate)).margin(2e-6));
    }
}

TEST_CASE("the full softmax follows the numeric gradient of its loss", "[word2vec]") {
  const float rate = 1e-3F, step = 1e-2F;
  Rows rows(1, 6, 5);
  const Rows before(1, 6, 5);
  softmax_update(rows.inputs.row(0), rows.outputs, 2, rate);
  for (uint32_t j = 0; j < 6; ++j)
    for (size_t k = 0; k < 5; ++k) {
      Rows up(1, 6, 5), down(1, 6, 5);
      up.outputs.values(j)[k] += step;
      down.outputs.values(j)[k] -= step;
      const double slope = (softmax_update(up.inputs.row(0), up.outputs, 2, 0) -
                            softmax_update(down.inputs.row(0), down.outputs, 2, 0)) /
                           (2 * static_cast<double>(step));
      const auto gain = static_cast<double>(rows.outputs.values(j)[k] - before.outputs.values(j)[k]);
      CHECK(gain == Approx(-slope * static_cast<double>(rate)).margin(2e-6));
    }
}

TEST_CASE("the quick brown fox jumps: every pair inside the window", "[word2vec]") {
  const std::vector<std::string> words = {"the", "quick", "brown", "fox", "jumps"};
  Word2vecOptions options;
  options.window = 2;
  options.dynamic_window = false;
  FastRandom random(1);
  std::map<std::string, std::vector<std::string>> contexts;
  for (size_t centre = 0; centre < words.size(); ++centre) {
    const Window window = window_at(centre, words.size(), options, random);
    for (size_t i = window.begin; i < window.end; ++i)
      if (i != centre) contexts[words[centre]].push_back(words[i]);
  }
  using Words = std::vector<std::string>;
  CHECK(contexts["the"] == Words{"quick", "brown"});
  CHECK(contexts["quick"] == Words{"the", "brown", "fox"});
  CHECK(contexts["brown"] == Words{"the", "quick", "fox", "jumps"});
  CHECK(contexts["fox"] == Words{"quick", "brown", "jumps"});
  CHECK(contexts["jumps"] == Words{"brown", "fox"});
}

TEST_CASE("a dynamic window reaches each distance equally often", "[word2vec]") {
  Word2vecOptions options;
  options.window = 5;
  FastRandom random(3);
  std::array<int, 6> reaches{};
  const int draws = 50000;
  for (int i = 0; i < draws; ++i) ++reaches[100 - window_at(100, 200, options, random).begin];
  CHECK(reaches[0] == 0);
  for (size_t reach = 1; reach <= 5; ++reach)
    CHECK(std::abs(reaches[reach] - draws / 5) < 3 * std::sqrt(draws * 0.2 * 0.8) + 1);
}

TEST_CASE("noise words are drawn by their counts to the power 0.75, whether or not draws repeat one another",
          "[word2vec]") {
  const std::vector<uint64_t> counts = {1000, 300, 30, 7, 1};
  const NoiseSampler sampler(counts, 0.75);
  double sum = 0;
  for (const uint64_t count : counts) sum += std::pow(static_cast<double>(count), 0.75);
  for (const uint32_t uses : {1U, 16U}) {
    FastRandom random(5);
    NoisePool pool(sampler, uses, random);
    std::vector<int> drawn(counts.size());
    const int draws = 400000;
    for (int i = 0; i < draws; ++i) ++drawn[pool.draw(random)];
    for (size_t word = 0; word < counts.size(); ++word) {
      const double p = std::pow(static_cast<double>(counts[word]), 0.75) / sum;
      const double variance = draws * p * (1 - p) * (2 * uses - 1);  // the number of uses is geometric
      CHECK(std::abs(drawn[word] - draws * p) < 4 * std::sqrt(variance));
    }
  }
}

TEST_CASE("words are kept as often as the formula says", "[word2vec]") {
  const std::vector<uint64_t> counts = {900000, 90000, 9000, 1000};
  const double subsample = 1e-3;
  for (const std::string formula : {"word2vec", "paper"}) {
    const auto thresholds = keep_thresholds(counts, subsample, formula);
    FastRandom random(7);
    for (size_t word = 0; word < counts.size(); ++word) {
      const double ratio = subsample * 1e6 / static_cast<double>(counts[word]);
      const double keep = std::min(1.0, std::sqrt(ratio) + (formula == "word2vec" ? ratio : 0));
      const int draws = 100000;
      int kept = 0;
      for (int i = 0; i < draws; ++i) kept += static_cast<uint32_t>(random.next()) <= thresholds[word] ? 1 : 0;
      CHECK(std::abs(kept - draws * keep) <= 3 * std::sqrt(draws * keep * (1 - keep)) + 1);
    }
  }
  CHECK(keep_thresholds(counts, 0, "paper") == std::vector<uint32_t>(4, 0xFFFFFFFFU));
}

TEST_CASE("Huffman's tree: frequent words have short paths, and no code begins another", "[word2vec]") {
  const std::vector<uint64_t> counts = {45, 16, 13, 12, 9, 5};  // the example of Cormen et al.: 224 bits
  const HuffmanTree tree(counts);
  uint64_t bits = 0;
  std::set<std::vector<std::pair<uint32_t, float>>> codes;
  for (uint32_t word = 0; word < counts.size(); ++word) {
    const auto nodes = tree.nodes(word);
    const auto labels = tree.labels(word);
    REQUIRE(nodes.front() == 0);  // the root
    bits += counts[word] * nodes.size();
    std::vector<std::pair<uint32_t, float>> code;
    for (size_t i = 0; i < nodes.size(); ++i) {
      CHECK(nodes[i] < counts.size() - 1);
      code.emplace_back(nodes[i], labels[i]);
    }
    CHECK(codes.insert(code).second);
  }
  CHECK(bits == 224);
  CHECK(tree.nodes(0).size() == 1);
}

TEST_CASE("a path of Huffman's tree that is too long for one update is refused", "[word2vec]") {
  std::vector<uint64_t> counts = {1, 1};  // each word is one node deeper than the next
  while (counts.size() < 80) counts.push_back(counts[counts.size() - 1] + counts[counts.size() - 2]);
  std::reverse(counts.begin(), counts.end());
  REQUIRE_THROWS_WITH(HuffmanTree(counts),
                      Catch::Contains("word 64: its path in Huffman's tree has 65 nodes, at most 64"));
  const HuffmanTree longest(std::span<const uint64_t>(counts).last(65));
  CHECK(longest.nodes(64).size() == 64);
}

TEST_CASE("an untrained model's loss is that of a coin for each output", "[word2vec]") {
  const std::vector<uint64_t> counts = {50, 40, 30, 20, 10};
  const std::vector<uint32_t> text = {0, 1, 2, 3, 4, 5, 2, 1, 0};
  for (const std::string architecture : {"skip_gram", "cbow"}) {
    Word2vecOptions options;
    options.architecture = architecture;
    options.subsample = 0;
    options.negatives = 2;
    options.loss = "full_softmax";
    Word2vec softmax(options, counts, 1);
    const LossSum all = softmax.loss(text, 1);
    CHECK(all.sum / static_cast<double>(all.count) == Approx(std::log(5.0)).epsilon(1e-6));
    options.loss = "negative_sampling";
    Word2vec sampling(options, counts, 1);
    const LossSum some = sampling.loss(text, 1);
    CHECK(some.sum / static_cast<double>(some.count) == Approx(3 * std::log(2.0)).epsilon(0.05));
  }
}

TEST_CASE("each loss and architecture learns which words stand together", "[word2vec]") {
  // Two worlds that never meet: words 0 to 3, and 4 to 7.
  const std::vector<uint64_t> counts(8, 100);
  std::vector<uint32_t> text;
  FastRandom random(11);
  for (int sentence = 0; sentence < 400; ++sentence) {
    for (int i = 0; i < 6; ++i) text.push_back(FastRandom::below(random.next(), 4) + (sentence % 2 == 0 ? 0U : 4U));
    text.push_back(8);
  }
  for (const std::string architecture : {"skip_gram", "cbow"})
    for (const std::string loss : {"negative_sampling", "hierarchical_softmax", "full_softmax"})
      for (const Kernel kernel : {Kernel::fast, Kernel::plain}) {
        CAPTURE(architecture, loss);
        Word2vecOptions options;
        options.architecture = architecture;
        options.loss = loss;
        options.dimension = 10;
        options.subsample = 0;
        options.negatives = 3;
        Word2vec model(options, counts, 1);
        for (uint64_t pass = 0; pass < 10; ++pass) model.train(text, pass, 0.05F, kernel);
        const auto product = [&](uint32_t a, uint32_t b) {
          const auto x = model.vectors().values(a), y = model.vectors().values(b);
          return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
        };
        CHECK(product(0, 1) > product(0, 5));
        CHECK(product(6, 7) > product(6, 2));
      }
}

TEST_CASE("a word's vector is the mean of its row and its n-grams' rows, and begins small", "[word2vec]") {
  WordList words;
  for (const char* word : {"abab", "b"}) words.add(word);
  Word2vecOptions options;
  options.dimension = 3;
  options.subwords = {3, 4, 1000};
  const SubwordRules rules{3, 4, 1000};
  Word2vec model(options, std::vector<uint64_t>{5, 4}, 1, std::make_unique<WordParts>(words, rules));
  const auto buckets = subword_buckets("abab", rules);
  CHECK(buckets.size() == 7);  // <ab aba bab ab> <aba abab bab>
  std::vector<float> vector(3);
  model.compose(0, vector);
  for (size_t k = 0; k < 3; ++k) {
    float sum = model.vectors().values(0)[k];
    for (const int64_t bucket : buckets) sum += model.ngrams().values(static_cast<uint32_t>(bucket))[k];
    CHECK(vector[k] == Approx(sum / 8));
    CHECK(std::abs(model.ngrams().values(7)[k]) <= 1.0F / 3);
  }
}

TEST_CASE("with n-grams every row gains what the numeric gradient of the mean says", "[word2vec]") {
  WordList words;
  for (const char* word : {"abcd", "bcde", "xyz"}) words.add(word);
  const std::vector<uint64_t> counts = {5, 4, 3};
  const std::vector<uint32_t> text = {0, 2};
  const SubwordRules rules{3, 3, 50};
  const float rate = 1e-3F, step = 1e-2F;
  for (const std::string architecture : {"skip_gram", "cbow"})
    for (const std::string loss : {"negative_sampling", "hierarchical_softmax", "full_softmax"}) {
      CAPTURE(architecture, loss);
      Word2vecOptions options;
      options.architecture = architecture;
      options.loss = loss;
      options.dimension = 4;
      options.negatives = 1;
      options.subsample = 0;
      options.subwords = {rules.shortest, rules.longest, rules.buckets};
      const auto make = [&] {
        Word2vec model(options, counts, 1, std::make_unique<WordParts>(words, rules));
        fill_random(model.outputs(), 3);
        return model;
      };
      Word2vec model = make();
      const Word2vec before = make();
      model.train(text, 9, rate, Kernel::plain);
      for (const uint32_t word : {0U, 2U}) {
        const auto parts = subword_buckets(words[word], rules);
        const auto most = static_cast<double>(parts.size() + 1);  // all that the mean gains goes to each row
        const auto bucket = static_cast<uint32_t>(parts.front());
        for (size_t k = 0; k < 4; ++k) {
          Word2vec up = make(), down = make();
          up.vectors().values(word)[k] += step;
          down.vectors().values(word)[k] -= step;
          const double slope = (up.loss(text, 9).sum - down.loss(text, 9).sum) / (2 * static_cast<double>(step));
          const double expected = -slope * most * static_cast<double>(rate);
          const auto gain = [&](const PaddedTable& now, const PaddedTable& then, uint32_t row) {
            return static_cast<double>(now.values(row)[k] - then.values(row)[k]);
          };
          CHECK(gain(model.vectors(), before.vectors(), word) == Approx(expected).margin(1e-5));
          CHECK(gain(model.ngrams(), before.ngrams(), bucket) == Approx(expected).margin(1e-5));
        }
      }
    }
}

TEST_CASE("frozen rows do not change, others do", "[word2vec]") {
  const std::vector<uint64_t> counts = {50, 40, 30, 20, 10};
  const std::vector<uint32_t> text = {0, 1, 2, 3, 4, 5, 2, 1, 0, 3, 3, 1, 1, 4};
  for (const std::string architecture : {"skip_gram", "cbow"})
    for (const std::string loss : {"negative_sampling", "hierarchical_softmax", "full_softmax"}) {
      Word2vecOptions options;
      options.architecture = architecture;
      options.loss = loss;
      options.subsample = 0;
      options.negatives = 2;
      Word2vec model(options, counts, 1), before(options, counts, 1);
      model.freeze(1);
      model.freeze(3);
      for (uint64_t pass = 0; pass < 20; ++pass) model.train(text, pass, 0.1F);
      for (uint32_t word = 0; word < 5; ++word) {
        const auto now = model.vectors().values(word), then = before.vectors().values(word);
        CHECK(std::equal(now.begin(), now.end(), then.begin()) == (word == 1 || word == 3));
      }
    }
}

TEST_CASE("a packed table has its values without padding, and is as before afterwards", "[word2vec]") {
  PaddedTable table(5, 7), same(5, 7);
  fill_random(table, 4);
  fill_random(same, 4);
  {
    const PackedTable packed(table);
    REQUIRE(packed.values().size() == 35);
    for (uint32_t row = 0; row < 5; ++row)
      for (size_t k = 0; k < 7; ++k) CHECK(packed.values()[row * 7 + k] == same.values(row)[k]);
  }
  CHECK(std::equal(table.row(0), table.row(0) + 5 * table.stride(), same.row(0)));
}

TEST_CASE("a frozen word that stands twice in a window predicts with its own vector both times", "[word2vec]") {
  const std::vector<uint64_t> counts = {30, 20, 10};
  Word2vecOptions options;
  options.dimension = 8;
  options.dynamic_window = false;
  options.subsample = 0;
  options.loss = "hierarchical_softmax";
  Word2vec model(options, counts, 1);
  fill_random(model.vectors(), 3);
  fill_random(model.outputs(), 4);
  for (uint32_t word = 0; word < 3; ++word) model.freeze(word);
  const float rate = 1e-3F;
  const HuffmanTree tree(counts);
  const std::vector<uint32_t> text = {0, 1, 2, 1};
  std::vector<std::vector<double>> expected;
  for (uint32_t node = 0; node < 2; ++node) {
    const auto values = model.outputs().values(node);
    expected.emplace_back(values.begin(), values.end());
  }
  for (size_t centre = 0; centre < text.size(); ++centre)
    for (size_t i = 0; i < text.size(); ++i) {
      if (i == centre) continue;
      const auto x = model.vectors().values(text[i]);
      for (size_t j = 0; j < tree.nodes(text[centre]).size(); ++j) {
        auto& y = expected[tree.nodes(text[centre])[j]];
        const double f = std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
        const double step = 1e-3 * (static_cast<double>(tree.labels(text[centre])[j]) - 1 / (1 + std::exp(-f)));
        for (size_t k = 0; k < y.size(); ++k) y[k] += step * static_cast<double>(x[k]);
      }
    }
  model.train(text, 1, rate);
  for (uint32_t node = 0; node < 2; ++node)
    for (size_t k = 0; k < 8; ++k)
      CHECK(static_cast<double>(model.outputs().values(node)[k]) == Approx(expected[node][k]).margin(2e-6));
}

TEST_CASE("the same seed gives the same vectors, another one others", "[word2vec]") {
  const std::vector<uint64_t> counts = {50, 40, 30, 20, 10};
  const std::vector<uint32_t> text = {0, 1, 2, 3, 4, 5, 2, 1, 0, 3, 3, 1};
  const auto trained = [&](uint64_t seed) {
    Word2vecOptions options;
    options.subsample = 0;
    Word2vec model(options, counts, 1);
    model.train(text, seed, 0.05F);
    const auto values = model.vectors().values(1);
    return std::vector<float>(values.begin(), values.end());
  };
  CHECK(trained(1) == trained(1));
  CHECK(trained(1) != trained(2));
}

}  // namespace seq::vectors

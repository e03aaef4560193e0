// The choice of a token: frequencies, ties, top-k, top-p, special tokens; log-probabilities.
#include "decode/sampler.h"

#include <cmath>
#include <map>

#include "test.h"

using namespace seq;
using namespace seq::decode;

namespace {

/// a, b, c … after the special tokens.
Vocabulary letters(int32_t count, const std::vector<std::string>& specials = {}) {
  Vocabulary vocabulary;
  add_special_tokens(vocabulary, specials);
  for (int32_t i = 0; i < count; ++i) vocabulary.add(std::string(1, static_cast<char>('a' + i)));
  return vocabulary;
}

std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p) + 3));
  return logits;
}

std::map<int32_t, int> draw(const SampleOptions& options, const std::vector<float>& logits, int times) {
  Sampler sampler(options, letters(static_cast<int32_t>(logits.size())));
  Random random(8);
  std::map<int32_t, int> counts;
  for (int i = 0; i < times; ++i) ++counts[sampler.choose(logits, random)];
  return counts;
}

/// Counts within four standard deviations of these probabilities; what has none never comes.
void require_frequencies(const SampleOptions& options, const std::vector<float>& logits,
                         const std::vector<double>& expected) {
  constexpr int kTimes = 20000;
  auto counts = draw(options, logits, kTimes);
  for (size_t id = 0; id < expected.size(); ++id) {
    const double p = expected[id];
    CAPTURE(id, p);
    REQUIRE(counts[static_cast<int32_t>(id)] == Approx(kTimes * p).margin(4 * std::sqrt(kTimes * p * (1 - p))));
  }
}

const std::vector<double> kSkewed = {0.1, 0.4, 0.05, 0.3, 0.15};

}  // namespace

TEST_CASE("tokens come as often as they are probable") {
  require_frequencies({}, logits_of(kSkewed), kSkewed);
}

TEST_CASE("the temperature sharpens and flattens") {
  const double temperature = GENERATE(0.5, 2.0);
  std::vector<double> expected;
  double sum = 0;
  for (const double p : kSkewed) sum += std::pow(p, 1 / temperature);
  for (const double p : kSkewed) expected.push_back(std::pow(p, 1 / temperature) / sum);
  SampleOptions options;
  options.temperature = temperature;
  require_frequencies(options, logits_of(kSkewed), expected);
}

TEST_CASE("top-k keeps the k most probable, of equals the first") {
  SampleOptions options;
  options.top_k = 2;
  require_frequencies(options, logits_of(kSkewed), {0, 0.4 / 0.7, 0, 0.3 / 0.7, 0});
  options.top_k = 9;
  require_frequencies(options, logits_of(kSkewed), kSkewed);
  options.top_k = 3;
  require_frequencies(options, {1, 1, 1, 1, 1}, {1.0 / 3, 1.0 / 3, 1.0 / 3, 0, 0});
}

TEST_CASE("top-p keeps the fewest that sum to p") {
  SampleOptions options;
  options.top_p = 0.69;
  require_frequencies(options, logits_of(kSkewed), {0, 0.4 / 0.7, 0, 0.3 / 0.7, 0});
  options.top_p = 0.71;
  require_frequencies(options, logits_of(kSkewed), {0, 0.4 / 0.85, 0, 0.3 / 0.85, 0.15 / 0.85});
  options.top_p = 0;
  require_frequencies(options, logits_of(kSkewed), {0, 1, 0, 0, 0});
}

TEST_CASE("top-p applies to what top-k leaves") {
  SampleOptions options;
  options.top_k = 3;     // 0.4, 0.3, 0.15 of 0.85
  options.top_p = 0.81;  // 0.7 of 0.85 is 0.82
  require_frequencies(options, logits_of(kSkewed), {0, 0.4 / 0.7, 0, 0.3 / 0.7, 0});
}

TEST_CASE("temperature 0 takes the most probable, of equals the lowest id") {
  SampleOptions options;
  options.temperature = 0;
  REQUIRE(draw(options, {1, 3, 3, 2}, 10) == std::map<int32_t, int>{{1, 10}});
  REQUIRE(draw(options, {-5, -5, -5}, 10) == std::map<int32_t, int>{{0, 10}});
}

TEST_CASE("special tokens are never drawn, but the end of a text is") {
  const Vocabulary vocabulary = letters(1, {"unk", "pad", "bos", "eos", "sep"});
  const double temperature = GENERATE(0.0, 1.0, 50.0);
  SampleOptions options;
  options.temperature = temperature;
  Sampler sampler(options, vocabulary);
  Random random(1);
  std::vector<float> logits(static_cast<size_t>(vocabulary.size()), 9);
  for (const int32_t id : {vocabulary.end, vocabulary.find("a")}) logits[static_cast<size_t>(id)] = 1;
  std::map<int32_t, int> counts;
  for (int i = 0; i < 500; ++i) ++counts[sampler.choose(logits, random)];
  for (const auto& [id, times] : counts) REQUIRE((id == vocabulary.end || id == vocabulary.find("a")));
  REQUIRE(counts.size() == (temperature == 0 ? 1u : 2u));
}

TEST_CASE("a seed gives the same tokens again, and large logits do no harm") {
  const std::vector<float> large = {1e30F, -1e30F, 1e30F};
  const auto sequence = [&](uint64_t seed) {
    Sampler sampler({}, letters(3));
    Random random(seed);
    std::vector<int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(sampler.choose(large, random));
    return ids;
  };
  REQUIRE(sequence(3) == sequence(3));
  REQUIRE(sequence(3) != sequence(4));
  for (const int32_t id : sequence(5)) REQUIRE(id != 1);
}

TEST_CASE("log-probabilities are those of the softmax, and sum to one") {
  const std::vector<float> logits = logits_of(kSkewed);
  for (size_t id = 0; id < kSkewed.size(); ++id)
    REQUIRE(log_probability(logits, static_cast<int32_t>(id)) == Approx(std::log(kSkewed[id])).epsilon(1e-6));
  const std::vector<float> extreme = {1000, 0, -1000};
  REQUIRE(log_probability(extreme, 0) == Approx(0).margin(1e-12));
  REQUIRE(log_probability(extreme, 2) == Approx(-2000));
}

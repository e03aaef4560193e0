// A sink that keeps a model in maps, and the plainest way to ask it.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/log.h"
#include "ngram/estimate.h"

namespace seq::ngram::test {

using Words = std::vector<std::string>;

class ModelInMemory : public ModelSink {
 public:
  void begin(const std::vector<std::string>& words, const std::vector<uint64_t>& n) override {
    vocabulary = words;
    counts = n;
  }
  void add(int order, const NgramBatch& batch) override {
    for (size_t i = 0; i < batch.probabilities.size(); ++i) {
      Words gram;
      for (int k = 0; k < order; ++k)
        gram.push_back(vocabulary[batch.words[i * static_cast<size_t>(order) + static_cast<size_t>(k)]]);
      const bool added =
          grams.emplace(gram, std::pair(batch.probabilities[i], batch.backoffs.empty() ? 0.0F : batch.backoffs[i]))
              .second;
      twice = twice || !added;
      ++seen[static_cast<size_t>(order)];
    }
  }
  void finish() override { finished = true; }

  /// p(word | context), the context in reading order.
  double probability(Words context, const std::string& word) const {
    context.push_back(word);
    double factor = 1;
    for (;;) {
      if (const auto found = grams.find(context); found != grams.end()) return factor * linear(found->second.first);
      if (context.size() == 1) return 0;
      const Words history(context.begin(), context.end() - 1);
      if (const auto found = grams.find(history); found != grams.end()) factor *= linear(found->second.second);
      context.erase(context.begin());
    }
  }
  /// The sum over all words that may follow.
  double total(const Words& context) const {
    double sum = 0;
    for (const std::string& word : vocabulary)
      if (word != "<s>") sum += probability(context, word);
    return sum;
  }
  static double linear(float log) { return log <= -99 ? 0 : std::pow(10.0, static_cast<double>(log)); }

  std::vector<std::string> vocabulary;
  std::vector<uint64_t> counts;
  std::map<Words, std::pair<float, float>> grams;
  std::map<size_t, uint64_t> seen;
  bool twice = false;
  bool finished = false;
};

/// A log without anywhere to go.
inline Work silent_work(int threads = 1) {
  return {std::make_shared<Log>("silent"), threads, false};
}

}  // namespace seq::ngram::test

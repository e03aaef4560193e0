// A plain n-gram model on a map, and random ones: what every layout must equal bit for bit.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ngram/model.h"
#include "ngram/model_sink.h"

namespace seq::ngram {

/// The definition of Katz (1987), word by word.
struct ReferenceModel {
  struct Value {
    float probability;
    float backoff;
  };
  int order = 0;
  std::vector<std::string> vocabulary;
  std::map<std::vector<WordId>, Value> ngrams;  ///< in reading order

  /// `history` in reading order.
  Score score(std::vector<WordId> history, WordId word) const {
    if (history.size() >= static_cast<size_t>(order)) history.erase(history.begin(), history.end() - (order - 1));
    float probability = 0;
    size_t first = 0;
    for (;; ++first) {
      std::vector<WordId> ngram(history.begin() + static_cast<std::ptrdiff_t>(first), history.end());
      ngram.push_back(word);
      if (const auto found = ngrams.find(ngram); found != ngrams.end()) {
        probability = found->second.probability;
        break;
      }
    }
    // Shorter contexts first, the order in which every implementation adds.
    for (size_t i = first; i-- > 0;) {
      const std::vector<WordId> context(history.begin() + static_cast<std::ptrdiff_t>(i), history.end());
      if (const auto found = ngrams.find(context); found != ngrams.end()) probability += found->second.backoff;
    }
    return {probability, static_cast<int32_t>(history.size() - first + 1)};
  }

  void send(ModelSink& sink) const {
    std::vector<uint64_t> counts(static_cast<size_t>(order));
    for (const auto& [words, value] : ngrams) ++counts[words.size() - 1];
    sink.begin(vocabulary, counts);
    for (int length = 1; length <= order; ++length) {
      std::vector<std::vector<WordId>> reversed;
      for (const auto& [words, value] : ngrams)
        if (words.size() == static_cast<size_t>(length)) reversed.emplace_back(words.rbegin(), words.rend());
      std::sort(reversed.begin(), reversed.end());
      std::vector<WordId> words;
      std::vector<float> probabilities;
      std::vector<float> backoffs;
      for (auto& one : reversed) {
        std::reverse(one.begin(), one.end());
        words.insert(words.end(), one.begin(), one.end());
        probabilities.push_back(ngrams.at(one).probability);
        if (length < order) backoffs.push_back(ngrams.at(one).backoff);
      }
      sink.add(length, {words, probabilities, backoffs});
    }
    sink.finish();
  }
};

/// A model closed under prefixes and suffixes, of words `w3` … besides the special ones.
inline ReferenceModel random_model(uint32_t seed, int order, WordId words, size_t texts) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 1);
  ReferenceModel model;
  model.order = order;
  model.vocabulary = {"<unk>", "<s>", "</s>"};
  for (WordId id = 3; id < words; ++id) model.vocabulary.push_back("w" + std::to_string(id));
  const auto add = [&](const std::vector<WordId>& ngram) {
    model.ngrams.try_emplace(ngram, ReferenceModel::Value{-4 * uniform(random), uniform(random) - 0.9F});
  };
  for (WordId id = 0; id < words; ++id) add({id});
  for (size_t i = 0; i < texts; ++i) {
    std::vector<WordId> text = {kBeginSentence};
    for (int j = 0; j < order + 3; ++j) {
      const float draw = uniform(random);
      text.push_back(static_cast<WordId>(draw * draw * static_cast<float>(words)));  // some words are frequent
    }
    for (size_t begin = 0; begin < text.size(); ++begin)
      for (size_t end = begin + 1; end <= std::min(text.size(), begin + static_cast<size_t>(order)); ++end)
        add({text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end)});
  }
  return model;
}

inline std::unique_ptr<Model> build(const ReferenceModel& reference, Layout layout) {
  std::vector<std::byte> bytes;
  const auto sink = make_binary_sink(bytes, {layout, {}});
  reference.send(*sink);
  return make_model(BinaryImage(std::move(bytes), "test"));
}

}  // namespace seq::ngram

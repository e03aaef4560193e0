// A queue of pairs, best first. A pair's count may have changed since it was put in: then it is put in anew.
#include "text/subword/merge_trainer.h"

#include <algorithm>
#include <queue>

namespace seq {
namespace {

/// A pair and the words in which it came up together.
struct Candidate {
  int64_t count;
  uint64_t key;
  uint32_t pair;
  uint32_t list;
  bool operator<(const Candidate& other) const {  // the best is the greatest
    return count != other.count ? count < other.count : key > other.key;
  }
};

/// Adds the token that a pair makes, and the merge.
int32_t add_merge(LearntMerges& learnt, uint64_t key, const std::string& prefix) {
  const int32_t result = learnt.vocabulary.add(joined(learnt.vocabulary, key, prefix));
  learnt.merges.push_back({left_of(key), right_of(key), result, static_cast<int32_t>(learnt.merges.size())});
  return result;
}

/// A pair with its score when it was put in.
struct LikelyCandidate {
  double score;
  int64_t count;
  uint64_t key;
  uint32_t pair;
  bool operator<(const LikelyCandidate& other) const {
    if (score != other.score) return score < other.score;
    return count != other.count ? count < other.count : key > other.key;
  }
};

/// Pairs by likelihood. A symbol that became rarer raises the score of all pairs with it: they are put in anew.
class LikelyQueue {
 public:
  LikelyQueue(const TrainingWords& words, std::vector<int64_t> counts, int64_t least)
      : words_(words), counts_(std::move(counts)), pairs_of_(counts_.size()), least_(std::max<int64_t>(least, 1)) {}

  /// Takes in pairs that came up; `places[pair]` grows by the words.
  void add(std::vector<TrainingWords::Found>&& found, std::vector<std::vector<uint32_t>>& places) {
    places.resize(words_.pairs().size());
    for (auto& [pair, words] : found) {
      auto& all = places[pair];
      if (all.empty()) {
        const uint64_t key = words_.pairs()[pair].key;
        pairs_of_[static_cast<size_t>(left_of(key))].push_back(pair);
        if (left_of(key) != right_of(key)) pairs_of_[static_cast<size_t>(right_of(key))].push_back(pair);
        all = std::move(words);
      } else {
        all.insert(all.end(), words.begin(), words.end());
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
      }
      push(pair);
    }
  }

  /// The best pair, false when none is frequent enough.
  bool pop(LikelyCandidate& best) {
    while (!queue_.empty()) {
      best = queue_.top();
      queue_.pop();
      const auto& pair = words_.pairs()[best.pair];
      if (pair.count == best.count && score(pair) == best.score) return true;
    }
    return false;
  }

  /// After `merged` times left and right became result.
  void merged(uint64_t key, int32_t result, int64_t merged) {
    counts_.resize(std::max(counts_.size(), static_cast<size_t>(result) + 1));
    pairs_of_.resize(counts_.size());
    counts_[static_cast<size_t>(result)] += merged;
    for (const int32_t part : {left_of(key), right_of(key)}) {
      counts_[static_cast<size_t>(part)] -= merged;
      auto& pairs = pairs_of_[static_cast<size_t>(part)];
      std::erase_if(pairs, [this](uint32_t pair) { return words_.pairs()[pair].count < least_; });
    }
    for (const int32_t part : {left_of(key), right_of(key)})
      for (const uint32_t pair : pairs_of_[static_cast<size_t>(part)]) push(pair);
  }

 private:
  double score(const TrainingWords::Pair& pair) const {
    return static_cast<double>(pair.count) / (static_cast<double>(counts_[static_cast<size_t>(left_of(pair.key))]) *
                                              static_cast<double>(counts_[static_cast<size_t>(right_of(pair.key))]));
  }
  void push(uint32_t number) {
    const auto& pair = words_.pairs()[number];
    if (pair.count >= least_) queue_.push({score(pair), pair.count, pair.key, number});
  }

  const TrainingWords& words_;
  std::vector<int64_t> counts_;                  ///< of each symbol
  std::vector<std::vector<uint32_t>> pairs_of_;  ///< in which each symbol takes part
  int64_t least_;
  std::priority_queue<LikelyCandidate> queue_;
};

}  // namespace

LearntMerges learn_merges(const std::vector<WordCounts::Entry>& entries, const MergeTraining& training) {
  LearntMerges learnt;
  TrainingWords words(entries, training, learnt.vocabulary);
  std::priority_queue<Candidate> queue;
  std::vector<std::vector<uint32_t>> lists;
  const auto take_found = [&] {
    for (auto& [pair, list] : words.take_found()) {
      const auto& found = words.pairs()[pair];
      if (found.count <= 0) continue;
      queue.push({found.count, found.key, pair, static_cast<uint32_t>(lists.size())});
      lists.push_back(std::move(list));
    }
  };
  take_found();
  while (learnt.vocabulary.size() < training.vocab_size && !queue.empty()) {
    Candidate top = queue.top();
    queue.pop();
    const int64_t count = words.pairs()[top.pair].count;
    if (top.count != count) {
      top.count = count;
      if (count > 0) queue.push(top);
      continue;
    }
    if (top.count < std::max<int64_t>(training.min_count, 1)) break;
    const int32_t result = add_merge(learnt, top.key, training.continuing_prefix);
    const std::vector<uint32_t> places = std::move(lists[top.list]);
    words.merge(top.key, result, places);
    take_found();
  }
  return learnt;
}

LearntMerges learn_likely_merges(const std::vector<WordCounts::Entry>& entries, const MergeTraining& training) {
  LearntMerges learnt;
  TrainingWords words(entries, training, learnt.vocabulary);
  LikelyQueue queue(words, words.symbol_counts(static_cast<size_t>(learnt.vocabulary.size())), training.min_count);
  std::vector<std::vector<uint32_t>> places;  // of each pair
  queue.add(words.take_found(), places);
  LikelyCandidate best{};
  while (learnt.vocabulary.size() < training.vocab_size && queue.pop(best)) {
    const int32_t result = add_merge(learnt, best.key, training.continuing_prefix);
    const std::vector<uint32_t> here = std::move(places[best.pair]);
    const int64_t merged = words.merge(best.key, result, here);
    words.forget(best.pair);
    queue.merged(best.key, result, merged);
    queue.add(words.take_found(), places);
  }
  return learnt;
}

}  // namespace seq

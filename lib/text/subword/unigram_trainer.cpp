// Rounds of EM and pruning.
#include "text/subword/unigram_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "text/subword/unigram_lattices.h"
#include "text/utf8.h"

namespace seq {
namespace {

/// A token that is expected more seldom is dropped, or, if it is a single character, counts as much.
constexpr double kLeastExpected = 0.5;
/// Rounds end a little above the wanted size: the last cut goes by score.
constexpr double kMargin = 1.1;

/// The derivative of log Gamma, by its recurrence and its asymptotic series (Abramowitz & Stegun 1964, 6.3.5, 6.3.18).
double digamma(double x) {
  double result = 0;
  for (; x < 7; ++x) result -= 1 / x;
  const double inverse = 1 / (x * x);
  return result + std::log(x) - 0.5 / x -
         inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse * (1.0 / 252 - inverse / 240)));
}

/// The words with characters beyond the limit taken out: what stands between them is a word each.
class LimitedWords {
 public:
  LimitedWords(const std::vector<WordCounts::Entry>& words, size_t limit) {
    std::map<int32_t, uint64_t> characters;
    for (const auto& [word, count] : words)
      for (size_t i = 0; i < word.size();) characters[next_code_point(word, i)] += count;
    if (limit == 0 || characters.size() <= limit) {
      entries_ = words;
      return;
    }
    std::vector<std::pair<int32_t, uint64_t>> order(characters.begin(), characters.end());
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    for (size_t i = limit; i < order.size(); ++i) characters.erase(order[i].first);
    for (const auto& [word, count] : words) {
      size_t begin = 0;
      for (size_t i = 0; i <= word.size();) {
        const size_t at = i;
        if (at < word.size() && characters.contains(next_code_point(word, i))) continue;
        if (at > begin) parts_.add(word.substr(begin, at - begin), count);
        begin = i;
        if (at == word.size()) break;
      }
    }
    entries_ = parts_.sorted();
  }
  const std::vector<WordCounts::Entry>& entries() const { return entries_; }

 private:
  WordCounts parts_;
  std::vector<WordCounts::Entry> entries_;
};

/// Tokens with their scores, and the lattices in which they stand.
class Trainer {
 public:
  Trainer(const std::vector<WordCounts::Entry>& words, const UnigramTraining& training)
      : training_(training),
        threads_(thread_count(training.threads)),
        tokens_(unigram_seeds(words, training)),
        lattices_(words, tokens_, threads_) {
    double sum = 0;
    for (const UnigramSeed& token : tokens_) sum += token.weight;
    for (const UnigramSeed& token : tokens_) scores_.push_back(std::log(token.weight / sum));
  }

  size_t size() const { return tokens_.size(); }
  const std::vector<UnigramSeed>& tokens() const { return tokens_; }
  const std::vector<double>& scores() const { return scores_; }

  /// One step of EM. Digamma in place of the logarithm favours few tokens (Liang & Klein 2007).
  void step() {
    const TokenCounts expected = lattices_.expected(scores_);
    std::vector<bool> stays(size());
    double sum = 0;
    for (size_t i = 0; i < size(); ++i) {
      stays[i] = tokens_[i].single || expected[i] >= kLeastExpected;
      if (!stays[i]) continue;
      scores_[i] = std::max(expected[i], kLeastExpected);
      sum += scores_[i];
    }
    const double log_sum = digamma(sum);
    for (size_t i = 0; i < size(); ++i)
      if (stays[i]) scores_[i] = digamma(scores_[i]) - log_sum;
    keep(stays);
  }

  /// Drops the tokens without which the likelihood of the words falls least; `wanted` stay, if there are so many.
  void prune(size_t wanted) {
    const TokenCounts counts = lattices_.best(scores_);
    double sum = 0;
    for (size_t i = 0; i < size(); ++i) sum += counts[i];
    std::vector<double> losses(size());
    constexpr size_t kStep = 4096;
    parallel_for(threads_, (size() + kStep - 1) / kStep, [&](size_t step, size_t) {
      for (size_t i = step * kStep; i < std::min(size(), (step + 1) * kStep); ++i)
        losses[i] = tokens_[i].single || counts[i] == 0 ? 0 : loss(static_cast<uint32_t>(i), counts, sum);
    });
    std::vector<uint32_t> order;
    std::vector<bool> stays(size());
    size_t left = wanted;
    for (uint32_t i = 0; i < size(); ++i) {
      stays[i] = tokens_[i].single;
      left -= stays[i] && left > 0 ? 1 : 0;
      if (!stays[i] && losses[i] > 0) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return losses[a] > losses[b]; });
    for (size_t i = 0; i < std::min(left, order.size()); ++i) stays[order[i]] = true;
    keep(stays);
  }

 private:
  /// How much the log-likelihood falls when the best way around a token takes its place wherever it stands on the best
  /// path; 0 for a token that is not its own best path.
  double loss(uint32_t token, const TokenCounts& counts, double sum) const {
    const auto alternative = lattices_.alternative(token, scores_);
    if (alternative.score >= scores_[token]) return 0;
    const double count = counts[token];
    const double log_sum = std::log(sum + count * (static_cast<double>(alternative.tokens.size()) - 1));
    double log_alternative = 0;
    for (const uint32_t part : alternative.tokens) log_alternative += std::log(counts[part] + count) - log_sum;
    return count * (std::log(count) - std::log(sum) - log_alternative);
  }

  void keep(const std::vector<bool>& stays) {
    std::vector<uint32_t> new_numbers(size(), UnigramLattices::kDropped);
    uint32_t kept = 0;
    for (size_t i = 0; i < stays.size(); ++i) {
      if (!stays[i]) continue;
      new_numbers[i] = kept;
      tokens_[kept] = tokens_[i];
      scores_[kept++] = scores_[i];
    }
    if (kept == stays.size()) return;
    tokens_.resize(kept);
    scores_.resize(kept);
    lattices_.keep(new_numbers);
  }

  const UnigramTraining& training_;
  int threads_;
  std::vector<UnigramSeed> tokens_;
  UnigramLattices lattices_;
  std::vector<double> scores_;
};

}  // namespace

LearntUnigram learn_unigram(const std::vector<WordCounts::Entry>& all_words, const UnigramTraining& training) {
  const LimitedWords words(all_words, static_cast<size_t>(training.limit_alphabet));
  Trainer trainer(words.entries(), training);
  const auto singles = static_cast<size_t>(std::count_if(trainer.tokens().begin(), trainer.tokens().end(),
                                                         [](const UnigramSeed& token) { return token.single; }));
  const size_t taken = training.specials.size() + singles;
  if (taken > static_cast<size_t>(training.vocab_size))
    throw Error(
        fmt::format("tokenizer.vocab_size: {} is less than the {} special tokens and characters (raise it, or "
                    "set tokenizer.limit_alphabet)",
                    training.vocab_size, taken));
  const size_t room = static_cast<size_t>(training.vocab_size) - training.specials.size();
  const auto wanted = static_cast<size_t>(static_cast<double>(room) * kMargin);
  for (;;) {
    const size_t before = trainer.size();
    for (int64_t i = 0; i < training.iterations; ++i) trainer.step();
    if (trainer.size() <= wanted) break;
    trainer.prune(std::max(wanted, static_cast<size_t>(training.keep * static_cast<double>(trainer.size()))));
    if (trainer.size() == before) break;  // only characters are left
  }

  std::vector<uint32_t> order(trainer.size());
  std::iota(order.begin(), order.end(), 0);
  const auto by_score = [&](uint32_t a, uint32_t b) {
    if (trainer.scores()[a] != trainer.scores()[b]) return trainer.scores()[a] > trainer.scores()[b];
    return trainer.tokens()[a].text < trainer.tokens()[b].text;
  };
  // Characters are sure of their place; the best of the others fill the rest.
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (trainer.tokens()[a].single != trainer.tokens()[b].single) return trainer.tokens()[a].single;
    return by_score(a, b);
  });
  order.resize(std::min(order.size(), room));
  std::sort(order.begin(), order.end(), by_score);

  LearntUnigram learnt;
  for (const std::string& special : training.specials) learnt.vocabulary.add(special);
  learnt.scores.assign(static_cast<size_t>(learnt.vocabulary.size()), 0);
  for (const uint32_t token : order) {
    if (learnt.vocabulary.find(trainer.tokens()[token].text) != kNoToken) continue;  // spelt like a special token
    learnt.vocabulary.add(trainer.tokens()[token].text);
    learnt.scores.push_back(trainer.scores()[token]);
  }
  return learnt;
}

}  // namespace seq

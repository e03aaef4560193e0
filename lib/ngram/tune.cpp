// Expectation maximisation for linear mixtures, Newton's method for log-linear ones.
#include "ngram/tune.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "ngram/mixed_words.h"
#include "ngram/text_reader.h"

namespace seq::ngram {
namespace {

using Models = std::vector<std::unique_ptr<TextModel>>;

/// Calls on_token(batch, at, scores) for every word of a text, with its scores in each model.
template <class OnToken>
void score_text(const Models& models, const fs::path& text, const OnToken& on_token) {
  std::vector<std::vector<TextScore>> scores(models.size());
  read_text(text, {}, [&](const TextBatch& batch) {
    for (size_t i = 0; i < models.size(); ++i) {
      scores[i].resize(batch.tokens.size());
      models[i]->score(batch.tokens, scores[i]);
    }
    for (size_t at = 0; at < batch.tokens.size(); ++at)
      if (batch.tokens[at].context > 0) on_token(batch, at, scores);  // not `<s>`
  });
}

/// log10 P of every word in each model. A word that only other models know is impossible in a linear mixture.
std::vector<std::vector<double>> linear_scores(const Models& models, const fs::path& text) {
  std::vector<std::vector<double>> log10(models.size());
  score_text(models, text, [&](const TextBatch&, size_t at, const auto& scores) {
    bool unknown = true;
    for (const auto& one : scores) unknown = unknown && one[at].unknown;
    for (size_t i = 0; i < models.size(); ++i)
      log10[i].push_back(scores[i][at].unknown && !unknown ? -INFINITY : scores[i][at].log10);
  });
  return log10;
}

/// A logarithm to base 10 as a natural one; what is impossible stays a number.
double natural(double log10) {
  constexpr double kLeast = -100;
  return std::max(log10, kLeast) * std::numbers::ln10;
}

/// The mean log-probability of a text in a log-linear mixture, as a function of the weights.
class LogLinearMean {
 public:
  struct Point {
    double mean = 0;               ///< nats
    std::vector<double> gradient;  ///< [models]
    std::vector<double> hessian;   ///< [models, models]
  };

  LogLinearMean(const Models& models, const fs::path& text, int threads)
      : models_(models), threads_(threads), words_(models), observed_(models.size()) {
    int order = 1;
    for (const auto& model : models) order = std::max(order, model->order());
    std::map<std::vector<uint64_t>, int64_t> counts;
    score_text(models, text, [&](const TextBatch& batch, size_t at, const auto& scores) {
      ++counts[history_of(batch.tokens, at, order)];
      for (size_t i = 0; i < models.size(); ++i) observed_[i] += natural(scores[i][at].log10);
      ++tokens_;
    });
    histories_.assign(counts.begin(), counts.end());
    for (double& sum : observed_) sum /= static_cast<double>(tokens_);
  }

  int64_t tokens() const { return tokens_; }

  Point at(const std::vector<double>& weights) const {
    constexpr size_t kSlice = 16;
    const size_t n = models_.size();
    std::vector<Point> parts((histories_.size() + kSlice - 1) / kSlice, {0, std::vector<double>(n), {}});
    parallel_for(threads_, parts.size(), [&](size_t part, size_t) {
      parts[part].hessian.resize(n * n);
      for (size_t i = part * kSlice; i < std::min(histories_.size(), (part + 1) * kSlice); ++i)
        subtract_expected(histories_[i].first, static_cast<double>(histories_[i].second), weights, parts[part]);
    });
    Point sum{std::inner_product(weights.begin(), weights.end(), observed_.begin(), 0.0), observed_,
              std::vector<double>(n * n)};
    const auto share = 1.0 / static_cast<double>(tokens_);
    for (const Point& part : parts) {
      sum.mean += share * part.mean;
      for (size_t i = 0; i < n; ++i) sum.gradient[i] += share * part.gradient[i];
      for (size_t i = 0; i < n * n; ++i) sum.hessian[i] += share * part.hessian[i];
    }
    return sum;
  }

 private:
  /// What a history takes off: log Z, the means of the models' logarithms, their covariances.
  void subtract_expected(const std::vector<uint64_t>& history, double count, const std::vector<double>& weights,
                         Point& point) const {
    const size_t n = models_.size();
    std::vector<std::vector<double>> predicted(n);
    for (size_t i = 0; i < n; ++i) models_[i]->predict(history, predicted[i]);
    std::vector<double> logs(words_.size() * n);  // [words, models]
    std::vector<double> mixed(words_.size());
    double highest = -std::numeric_limits<double>::infinity();
    for (size_t id = 0; id < words_.size(); ++id) {
      if (id == kBeginSentence) continue;  // never follows
      for (size_t i = 0; i < n; ++i)
        mixed[id] += weights[i] * (logs[id * n + i] = natural(predicted[i][words_.in_model(i, id)]));
      highest = std::max(highest, mixed[id]);
    }
    double total = 0;
    std::vector<double> mean(n);
    std::vector<double> product(n * n);
    for (size_t id = 0; id < words_.size(); ++id) {
      if (id == kBeginSentence) continue;
      const double p = std::exp(mixed[id] - highest);
      const double* const log = &logs[id * n];
      total += p;
      for (size_t i = 0; i < n; ++i) mean[i] += p * log[i];
      for (size_t i = 0; i < n; ++i)
        for (size_t j = 0; j < n; ++j) product[i * n + j] += p * log[i] * log[j];
    }
    point.mean -= count * (highest + std::log(total));
    for (size_t i = 0; i < n; ++i) point.gradient[i] -= count * mean[i] / total;
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < n; ++j)
        point.hessian[i * n + j] -= count * (product[i * n + j] / total - mean[i] / total * mean[j] / total);
  }

  const Models& models_;
  int threads_;
  MixedWords words_;
  std::vector<std::pair<std::vector<uint64_t>, int64_t>> histories_;  ///< and how many words followed
  std::vector<double> observed_;                                      ///< mean of the text's log P_i
  int64_t tokens_ = 0;
};

/// Newton's step -H^-1 g among the weights that may move. Those near 0 that should fall go to 0: were they free, the
/// line search would stop where the first of them gets there (the active set of Bertsekas 1982).
std::vector<double> newton_step(const LogLinearMean::Point& point, const std::vector<double>& weights) {
  constexpr double kNearZero = 1e-3;
  const size_t n = weights.size();
  std::vector<double> step(n);
  std::vector<size_t> free;
  for (size_t i = 0; i < n; ++i) {
    if (weights[i] > kNearZero || point.gradient[i] > 0) {
      free.push_back(i);
    } else {
      step[i] = -weights[i];
    }
  }
  std::vector<std::vector<double>> rows;  // [-H + a little on the diagonal | g]
  for (const size_t i : free) {
    rows.emplace_back();
    for (const size_t j : free) rows.back().push_back(-point.hessian[i * n + j] + (i == j ? 1e-9 : 0));
    rows.back().push_back(point.gradient[i]);
  }
  for (size_t column = 0; column < rows.size(); ++column)  // Gauss and Jordan; the matrix is positive definite
    for (size_t row = 0; row < rows.size(); ++row) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (size_t i = column; i <= rows.size(); ++i) rows[row][i] -= factor * rows[column][i];
    }
  for (size_t i = 0; i < free.size(); ++i) step[free[i]] = rows[i].back() / rows[i][i];
  return step;
}

Tuned tune_log_linear(const LogLinearMean& mean, size_t models) {
  constexpr int kMostRounds = 50;
  constexpr double kSmallGain = 1e-9;  // nats a word
  constexpr double kLeastStep = 1e-4;
  std::vector<double> weights(models, 1.0 / static_cast<double>(models));
  LogLinearMean::Point point = mean.at(weights);
  for (int round = 0; round < kMostRounds; ++round) {
    const std::vector<double> step = newton_step(point, weights);
    if (std::inner_product(step.begin(), step.end(), point.gradient.begin(), 0.0) < kSmallGain) break;
    bool better = false;
    for (double scale = 1; !better && scale > kLeastStep; scale /= 2) {
      std::vector<double> next = weights;
      for (size_t i = 0; i < next.size(); ++i) next[i] = std::max(0.0, next[i] + scale * step[i]);
      LogLinearMean::Point there = mean.at(next);
      better = there.mean > point.mean;
      if (!better) continue;
      weights = std::move(next);
      point = std::move(there);
    }
    if (!better) break;
  }
  return {weights, std::exp(-point.mean), mean.tokens()};
}

}  // namespace

Tuned tune_linear(const std::vector<std::vector<double>>& log10_p) {
  const size_t models = log10_p.size();
  const size_t words = log10_p.front().size();
  Tuned tuned;
  tuned.tokens = static_cast<int64_t>(words);
  tuned.weights.assign(models, 1.0 / static_cast<double>(models));
  std::vector<double> p(models * words);
  for (size_t i = 0; i < models; ++i)
    for (size_t word = 0; word < words; ++word) p[word * models + i] = std::pow(10.0, log10_p[i][word]);
  constexpr int kMostRounds = 1000;
  double before = -std::numeric_limits<double>::infinity();
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<double> shares(models);
    double log_sum = 0;
    bool impossible = false;
    for (size_t word = 0; word < words; ++word) {
      double sum = 0;
      for (size_t i = 0; i < models; ++i) sum += tuned.weights[i] * p[word * models + i];
      if (sum <= 0) {  // in every model: no weights help
        impossible = true;
        continue;
      }
      log_sum += std::log(sum);
      for (size_t i = 0; i < models; ++i) shares[i] += tuned.weights[i] * p[word * models + i] / sum;
    }
    const double mean = log_sum / static_cast<double>(words);
    tuned.perplexity = impossible ? std::numeric_limits<double>::infinity() : std::exp(-mean);
    if (mean - before < 1e-9) break;
    before = mean;
    double total = 0;
    for (const double share : shares) total += share;
    if (total == 0) break;
    for (size_t i = 0; i < models; ++i) tuned.weights[i] = shares[i] / total;
  }
  return tuned;
}

Tuned tune_weights(const Models& models, const fs::path& text, Interpolation interpolation, int threads) {
  const auto refuse_empty = [&] { throw Error(text.string() + ": empty, nothing to tune on"); };
  if (interpolation == Interpolation::log_linear) {
    const LogLinearMean mean(models, text, threads);
    if (mean.tokens() == 0) refuse_empty();
    return tune_log_linear(mean, models.size());
  }
  const std::vector<std::vector<double>> log10 = linear_scores(models, text);
  if (log10.front().empty()) refuse_empty();
  return tune_linear(log10);
}

}  // namespace seq::ngram

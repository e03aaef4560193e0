// The formulas of smoothing: what an n-gram's count becomes, and how much is left for what was not seen.
//
// a(cw)  weight of word w after context c: how often cw occurs, or for Kneser-Ney how many words precede it
// A(c)   their sum over w;  T(c) how many of those n-grams are kept;  R(c) what the weights of pruned ones add up to
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"
#include "ngram/estimate_options.h"

namespace seq::ngram {

enum class Smoothing {
  modified_kneser_ney,
  kneser_ney,
  absolute_discounting,
  witten_bell,
  add_k,
  maximum_likelihood,
  stupid_backoff
};
Smoothing smoothing_named(const std::string& name);

/// How many n-grams of an order have weight 1, 2, 3 and 4, at those places.
using CountsOfCounts = std::array<uint64_t, 5>;

/// What is taken off weights 1, 2, 3 and more, at those places.
using Discounts = std::array<double, 4>;

/// The discounts of order `n`. Those that cannot be computed are replaced by the fallback with a warning, or refused
/// (Error) when there is none.
Discounts make_discounts(int n, const CountsOfCounts& counts, const EstimateOptions& options, Log& log);

/// What is known about the words after a context.
struct Followers {
  uint64_t total = 0;                 ///< A(c)
  std::array<uint64_t, 3> kept = {};  ///< how many kept n-grams have weight 1, 2, 3 and more
  uint64_t pruned = 0;                ///< R(c)
  double lower = 0;                   ///< sum of p(w | shorter context) over the kept w
};

/// How the followers of a context get their probabilities.
struct Mix {
  double scale = 0;    ///< p(w | c) = numerator * scale [+ backoff * p(w | shorter context)]
  double backoff = 1;  ///< factor of the shorter context
};

/// The formulas of one order.
class Formula {
 public:
  /// `vocabulary`: how many words can follow.
  Formula(const EstimateOptions& options, const Discounts& discounts, double vocabulary);

  /// True where weights are numbers of preceding words below the highest order.
  bool adjusted() const { return adjusts(smoothing_); }
  static bool adjusts(Smoothing smoothing) {
    return smoothing == Smoothing::modified_kneser_ney || smoothing == Smoothing::kneser_ney;
  }
  /// True where p is mixed with the shorter context's, false where that stands in for unseen words only.
  bool interpolated() const { return smoothing_ < Smoothing::add_k; }
  /// True where Followers::lower is used.
  bool needs_lower() const { return smoothing_ == Smoothing::add_k || smoothing_ == Smoothing::maximum_likelihood; }
  double numerator(uint32_t weight) const {
    return static_cast<double>(weight) + add_ - discounts_[weight < 3 ? weight : 3];
  }
  Mix mix(const Followers& followers) const;

 private:
  Smoothing smoothing_;
  Discounts discounts_;
  double add_ = 0;
  double stupid_;
  double vocabulary_;
};

}  // namespace seq::ngram

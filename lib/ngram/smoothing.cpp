// Discounts and mixing weights.
#include "ngram/smoothing.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace seq::ngram {
namespace {

/// Chen & Goodman 1998, eq. 26; nothing where it divides by zero or leaves its range.
std::optional<Discounts> modified_discounts(const CountsOfCounts& counts) {
  const auto n = [&](size_t i) { return static_cast<double>(counts[i]); };
  if (counts[1] == 0 || counts[2] == 0 || counts[3] == 0) return std::nullopt;
  const double y = n(1) / (n(1) + 2 * n(2));
  Discounts discounts{};
  for (size_t i = 1; i < 4; ++i) {
    const auto count = static_cast<double>(i);
    discounts[i] = count - (count + 1) * y * n(i + 1) / n(i);
    if (discounts[i] < 0 || discounts[i] > count) return std::nullopt;
  }
  return discounts;
}

/// Ney, Essen & Kneser 1994: one discount n1 / (n1 + 2 n2) for all counts.
std::optional<Discounts> single_discount(const CountsOfCounts& counts) {
  if (counts[1] == 0 || counts[2] == 0) return std::nullopt;
  const double discount =
      static_cast<double>(counts[1]) / (static_cast<double>(counts[1]) + 2 * static_cast<double>(counts[2]));
  return Discounts{0, discount, discount, discount};
}

Discounts fallback_discounts(const EstimateOptions& options, bool single) {
  const std::vector<double>& given = options.discount_fallback;
  Discounts discounts{};
  for (size_t i = 1; i < 4; ++i) discounts[i] = single ? given[0] : given[std::min(i, given.size()) - 1];
  return discounts;
}

}  // namespace

Smoothing smoothing_named(const std::string& name) {
  if (name == "modified_kneser_ney") return Smoothing::modified_kneser_ney;
  if (name == "kneser_ney") return Smoothing::kneser_ney;
  if (name == "absolute_discounting") return Smoothing::absolute_discounting;
  if (name == "witten_bell") return Smoothing::witten_bell;
  if (name == "add_k") return Smoothing::add_k;
  if (name == "maximum_likelihood") return Smoothing::maximum_likelihood;
  return Smoothing::stupid_backoff;
}

Discounts make_discounts(int n, const CountsOfCounts& counts, const EstimateOptions& options, Log& log) {
  const Smoothing smoothing = smoothing_named(options.smoothing);
  if (smoothing > Smoothing::absolute_discounting) return {};
  const bool single = smoothing != Smoothing::modified_kneser_ney;
  if (const auto computed = single ? single_discount(counts) : modified_discounts(counts)) return *computed;
  const std::string what = fmt::format(
      "the text is too small or too regular to compute the discounts of {}-grams ({}, {}, {}, {} of count 1, 2, 3, 4)",
      n, counts[1], counts[2], counts[3], counts[4]);
  if (options.discount_fallback.empty())
    throw Error(what + "; --discount-fallback 0.5 1 1.5 gives some, --smoothing witten_bell needs none");
  const Discounts fallback = fallback_discounts(options, single);
  log.warn("{}; using {}, {}, {} (--discount-fallback)", what, fallback[1], fallback[2], fallback[3]);
  return fallback;
}

Formula::Formula(const EstimateOptions& options, const Discounts& discounts, double vocabulary)
    : smoothing_(smoothing_named(options.smoothing)),
      discounts_(discounts),
      stupid_(options.stupid_backoff),
      vocabulary_(vocabulary) {
  if (smoothing_ == Smoothing::add_k) add_ = options.add_k;
}

Mix Formula::mix(const Followers& followers) const {
  if (followers.total == 0) return {};
  const auto total = static_cast<double>(followers.total);
  const auto pruned = static_cast<double>(followers.pruned);
  const auto count = [&](size_t i) { return static_cast<double>(followers.kept[i - 1]); };
  const double types = count(1) + count(2) + count(3);
  // Backing off gives the words that were not seen all that is left; p(w | c) of the others is not touched.
  const auto rest = [&](double left) { return std::max(0.0, left) / std::max(1e-12, 1 - followers.lower); };
  switch (smoothing_) {
    case Smoothing::witten_bell:  // Witten & Bell 1991, method C: T(c) of A(c) events were new
      return {1 / (total + types), (types + pruned) / (total + types)};
    case Smoothing::add_k: {
      const double scale = 1 / (total + add_ * vocabulary_);
      return {scale, rest((pruned + add_ * (vocabulary_ - types)) * scale)};
    }
    case Smoothing::maximum_likelihood:
      return {1 / total, rest(pruned / total)};
    case Smoothing::stupid_backoff:  // Brants et al. 2007, eq. 5
      return {1 / total, stupid_};
    default:
      return {1 / total,
              (discounts_[1] * count(1) + discounts_[2] * count(2) + discounts_[3] * count(3) + pruned) / total};
  }
}

}  // namespace seq::ngram

// Tables of chances.
#include "vectors/train/noise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace seq::vectors {
namespace {

constexpr uint32_t kAlways = std::numeric_limits<uint32_t>::max();

uint32_t threshold(double probability) {
  return probability >= 1 ? kAlways : static_cast<uint32_t>(probability * 4294967296.0);
}

}  // namespace

NoiseSampler::NoiseSampler(std::span<const uint64_t> counts, double power) : slots_(counts.size()) {
  std::vector<double> shares(counts.size());  // of a slot: 1 on average
  std::transform(counts.begin(), counts.end(), shares.begin(),
                 [&](uint64_t count) { return std::pow(static_cast<double>(count), power); });
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<uint32_t> small, large;
  for (uint32_t word = 0; word < counts.size(); ++word) {
    shares[word] *= static_cast<double>(counts.size()) / sum;
    (shares[word] < 1 ? small : large).push_back(word);
  }
  while (!small.empty() && !large.empty()) {
    const uint32_t less = small.back(), more = large.back();
    small.pop_back();
    slots_[less] = {threshold(shares[less]), more};
    shares[more] -= 1 - shares[less];
    if (shares[more] >= 1) continue;
    large.pop_back();
    small.push_back(more);
  }
  for (const auto& rest : {small, large})  // what rounding left
    for (const uint32_t word : rest) slots_[word] = {kAlways, word};
}

std::vector<uint32_t> keep_thresholds(std::span<const uint64_t> counts, double subsample, const std::string& formula) {
  std::vector<uint32_t> thresholds(counts.size(), kAlways);
  if (subsample == 0) return thresholds;
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
  for (size_t word = 0; word < counts.size(); ++word) {
    const double ratio = subsample * total / static_cast<double>(counts[word]);
    // Mikolov et al. 2013, section 2.3, says sqrt(ratio); the program that came with it adds the ratio itself.
    thresholds[word] = threshold(std::sqrt(ratio) + (formula == "word2vec" ? ratio : 0.0));
  }
  return thresholds;
}

}  // namespace seq::vectors

// What is drawn at random while word vectors are trained: noise words, and which words are left out.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace seq::vectors {

/// A generator of 64 bits in a handful of instructions (splitmix64, Steele et al. 2014); its state is one number.
class FastRandom {
 public:
  explicit FastRandom(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, n), n > 0, from the upper half of a draw: the bias is below n / 2^32.
  static uint32_t below(uint64_t draw, uint32_t n) { return static_cast<uint32_t>(((draw >> 32) * n) >> 32); }

 private:
  uint64_t state_;
};

/// Draws words with probability proportional to count^power, in constant time (Walker's alias method).
class NoiseSampler {
 public:
  /// At least one count, none of them 0.
  NoiseSampler(std::span<const uint64_t> counts, double power);

  uint32_t draw(FastRandom& random) const {
    const uint64_t bits = random.next();
    const uint32_t own = FastRandom::below(bits, static_cast<uint32_t>(slots_.size()));
    const Slot& slot = slots_[own];
    return static_cast<uint32_t>(bits) < slot.threshold ? own : slot.alias;
  }

 private:
  struct Slot {
    uint32_t threshold;  ///< 2^32 times the probability that the slot's own word is drawn, not `alias`
    uint32_t alias;
  };
  std::vector<Slot> slots_;
};

/// Noise words for one thread. Rows of a large table come from far away in memory, so most draws repeat a recent one:
/// the pool's words are drawn as NoiseSampler does, each is used `uses` times on average before another takes its
/// place, and all words are as probable as without the pool.
class NoisePool {
 public:
  /// `uses`: a power of 2; 1: no draw repeats another.
  NoisePool(const NoiseSampler& sampler, uint32_t uses, FastRandom& random) : sampler_(sampler), mask_(uses - 1) {
    for (uint32_t& word : words_) word = sampler_.draw(random);
  }

  uint32_t draw(FastRandom& random) {
    const uint64_t bits = random.next();
    uint32_t& word = words_[FastRandom::below(bits, kSize)];
    if ((bits & mask_) == 0) word = sampler_.draw(random);
    return word;
  }

 private:
  static constexpr uint32_t kSize = 64;
  const NoiseSampler& sampler_;
  uint64_t mask_;
  std::array<uint32_t, kSize> words_;
};

/// For each word the chance that an occurrence is kept, times 2^32 (2^32 - 1: always).
/// `formula`: `word2vec` or `paper`, see Word2vecOptions.
std::vector<uint32_t> keep_thresholds(std::span<const uint64_t> counts, double subsample, const std::string& formula);

}  // namespace seq::vectors

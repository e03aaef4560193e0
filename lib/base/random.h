// Random numbers of the parts that do not use tensors: one engine, the same on every machine, saved with a checkpoint.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <utility>

namespace seq {

/// A Mersenne twister with distributions of our own, because those of <random> differ between libraries.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  /// Uniform in [0, n), without bias. n > 0.
  uint64_t below(uint64_t n);
  /// Standard normal.
  double normal();
  /// Every order is as probable as any other (Fisher & Yates).
  template <class T>
  void shuffle(std::span<T> values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

  /// The whole state as text, and back. Throws Error when the text is not a state.
  std::string state() const;
  void set_state(const std::string& text);

  /// A seed for an independent stream (`purpose` of the n-th pass, say) drawn from a run's seed.
  static uint64_t derive(uint64_t seed, uint64_t stream, uint64_t index = 0);

 private:
  std::mt19937_64 engine_;
};

}  // namespace seq

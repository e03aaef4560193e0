// A language model one token at a time: what sampling and scoring need of it.
#pragma once

#include <cstdint>
#include <span>

namespace seq::decode {

/// Holds the model's state between tokens. One text at a time.
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// Forgets everything read.
  virtual void reset() = 0;
  /// Reads a token; gives the logits [V] of the next one, valid until the next call.
  virtual std::span<const float> step(int64_t token) = 0;
};

}  // namespace seq::decode

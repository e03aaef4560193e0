// Sequences of different lengths without padding: step after step, the sequences that are still going on.
// B = sequences, T = length of the longest, N = all steps of all sequences
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace seq::nn {

/// Where each step of each sequence stands among N rows: with sequences sorted longest first, row begin(t) + b is step
/// t of sequence b. PyTorch's PackedSequence lies the same way.
class PackedSteps {
 public:
  /// Throws c10::Error when there is none, one is empty, or one is longer than the one before it.
  explicit PackedSteps(std::vector<int64_t> lengths);
  static PackedSteps equal(int64_t time, int64_t batch);

  int64_t time() const { return static_cast<int64_t>(begins_.size()) - 1; }
  int64_t batch() const { return static_cast<int64_t>(lengths_.size()); }
  int64_t rows() const { return begins_.back(); }
  /// The row of step t of the first sequence; for t = T the end.
  int64_t begin(int64_t t) const { return begins_[static_cast<size_t>(t)]; }
  /// How many sequences have a step t; 0 beyond the end.
  int64_t active(int64_t t) const { return t < time() ? begin(t + 1) - begin(t) : 0; }
  const std::vector<int64_t>& lengths() const { return lengths_; }

  /// [B]: the row of each sequence's last step.
  at::Tensor last_rows() const;
  /// [N]: the sequence of each row.
  at::Tensor sequences() const;

 private:
  std::vector<int64_t> lengths_;
  std::vector<int64_t> begins_;  ///< [T + 1]
};

}  // namespace seq::nn

// Who computes what of an LSTM layer, and where states stand: each thread takes some sequences of a direction through
// all steps without waiting for the others.
//
// B = sequences, N = all steps of all sequences, H = hidden
#pragma once

#include <ATen/Parallel.h>

#include <cstdint>
#include <vector>

#include "nn/packed_steps.h"

namespace seq::nn {

/// Sequences [first, last) of a direction: what a thread takes through all steps.
struct LstmShare {
  int64_t direction, part, first, last;
};

/// Shares with about as many steps each; parts are numbered in each direction from 0.
std::vector<LstmShare> lstm_shares(const PackedSteps& steps, int64_t directions, int64_t hidden);
int64_t number_of_parts(const std::vector<LstmShare>& shares);

template <class F>
void run_shares(const std::vector<LstmShare>& shares, const F& f) {
  at::parallel_for(0, static_cast<int64_t>(shares.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(shares[static_cast<size_t>(i)]);
  });
}

/// Which states are kept: those of all steps, or the latest two, so that a step can read one and write the other.
enum class KeptStates { kAll, kLatest };

/// Where the states of one direction stand: those before each step, neighbours for neighbouring sequences, and behind
/// them those after each sequence's last step.
class StateRows {
 public:
  StateRows(const PackedSteps& steps, bool reverse, KeptStates kept) : steps_(steps), reverse_(reverse), kept_(kept) {}

  int64_t before(int64_t t, int64_t b) const {
    return b + (kept_ == KeptStates::kAll ? steps_.begin(t) : t % 2 * steps_.batch());
  }
  int64_t after(int64_t t, int64_t b) const { return b < going_on(t) ? before(reverse_ ? t - 1 : t + 1, b) : last(b); }
  int64_t first(int64_t b) const { return before(reverse_ ? steps_.lengths()[static_cast<size_t>(b)] - 1 : 0, b); }
  int64_t last(int64_t b) const { return before_last_steps() + b; }
  int64_t count() const { return before_last_steps() + steps_.batch(); }

  /// How many sequences have another step after t.
  int64_t going_on(int64_t t) const { return !reverse_ ? steps_.active(t + 1) : t > 0 ? steps_.active(t) : 0; }

 private:
  int64_t before_last_steps() const { return kept_ == KeptStates::kAll ? steps_.rows() : 2 * steps_.batch(); }

  const PackedSteps& steps_;
  bool reverse_;
  KeptStates kept_;
};

}  // namespace seq::nn

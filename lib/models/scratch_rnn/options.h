// The character RNN written from scratch: its options.
#pragma once

#include <array>

#include "base/fields.h"

namespace seq {

/// Shape and start of the from-scratch RNN (after Karpathy's min-char-rnn, 2015).
struct ScratchRnnOptions {
  static constexpr const char* kSummary = "character RNN whose forward pass and gradients are written out by hand";
  static constexpr std::array kUnread = {"data.examples", "data.numeric", "train.kernel", "train.precision=bf16"};

  int64_t hidden_size = 20;
  double init_std = 0.01;
  std::string gradient = "hand";

  template <class Visitor>
  void fields(Visitor& field) {
    field("hidden_size", hidden_size, "units of the hidden layer", between(1, 65536));
    field("init_std", init_std, "weights start as N(0, init_std), biases as zero", between(0, 10));
    field("gradient", gradient, "back-propagation through time by hand, or by LibTorch's autograd",
          one_of({"hand", "autograd"}));
  }
};

}  // namespace seq

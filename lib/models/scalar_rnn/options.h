// The scalar linear RNN that counts ones: its options.
#pragma once

#include <array>

#include "base/fields.h"

namespace seq {

/// The two weights' start, and whose gradients they follow.
struct ScalarRnnOptions {
  static constexpr const char* kSummary = "linear RNN of two scalar weights that learns to count ones";
  static constexpr std::array kUnread = {
      "tokenizer",    "data.split",          "data.examples",       "data.numeric", "train.window", "train.precision",
      "train.kernel", "train.random_offset", "train.sample_length", "eval.window",  "eval.context"};

  double u = -2.0;
  double w = 0.0;
  std::string gradient = "hand";

  template <class Visitor>
  void fields(Visitor& field) {
    field("u", u, "initial weight of the input", between(-1000, 1000));
    field("w", w, "initial weight of the last state", between(-1000, 1000));
    field("gradient", gradient, "back-propagation through time by hand, or by LibTorch's autograd",
          one_of({"hand", "autograd"}));
  }
};

}  // namespace seq

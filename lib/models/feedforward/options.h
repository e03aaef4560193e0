// Feed-forward networks over rows of numbers: their options.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fields.h"

namespace seq {

/// Shape of the network, what it minimises and how it starts.
struct FeedforwardOptions {
  static constexpr const char* kSummary = "feed-forward network over rows of numbers, from the perceptron to deep nets";
  static constexpr std::array kUnread = {"tokenizer",           "data.examples",        "train.window",
                                         "train.kernel",        "train.precision=bf16", "train.random_offset",
                                         "train.sample_length", "eval.window",          "eval.context"};

  std::vector<int64_t> hidden;
  std::string activation = "relu";
  std::string output_activation = "linear";
  std::string loss = "auto";
  std::string init = "glorot";
  double init_deviation = 0.01;
  double dropout = 0.0;
  bool batch_norm = false;
  int64_t powers = 1;

  /// Throws Error for keys that do not go together.
  void check() const {
    const FeedforwardOptions plain;
    if (output_activation == "step")
      throw Error("model.output_activation: step has no gradient (the loss error_correction trains a step unit)");
    if (output_activation != "linear" &&
        (loss == "cross_entropy" || loss == "binary_cross_entropy" || loss == "error_correction"))
      throw Error("model.output_activation: " + loss + " has its own (leave it out)");
    if (loss == "error_correction" && !hidden.empty())
      throw Error("model.loss: error_correction trains one unit, without model.hidden (leave that out)");
    if (hidden.empty() && dropout > 0) throw Error("model.dropout: there is no hidden layer (give model.hidden)");
    if (hidden.empty() && batch_norm) throw Error("model.batch_norm: there is no hidden layer (give model.hidden)");
    if (init_deviation != plain.init_deviation && init != "truncated_normal")
      throw Error("model.init_deviation: belongs to the init truncated_normal, not " + init);
    if (init != "least_squares") return;
    if (!hidden.empty()) throw Error("model.init: least_squares solves for one layer, without model.hidden");
    if (output_activation != "linear" || (loss != "auto" && loss != "squared_error"))
      throw Error("model.init: least_squares belongs to a linear output and the loss squared_error");
  }

  template <class Visitor>
  void fields(Visitor& field) {
    field("hidden", hidden, "units of each hidden layer, `[200, 200]`; none: a single layer", between(1, 1 << 20));
    field("activation", activation, "after each hidden layer",
          one_of({"sigmoid", "tanh", "relu", "leaky_relu", "prelu", "rrelu", "elu", "step", "linear"}));
    field("output_activation", output_activation, "of squared_error: after the last layer",
          one_of({"linear", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "rrelu", "elu", "step"}));
    field("loss", loss,
          "cross_entropy: softmax over the classes; binary_cross_entropy: one sigmoid unit for two classes; "
          "error_correction: one step unit, the perceptron's rule; squared_error: a number; auto: cross_entropy for "
          "classes, squared_error for a number",
          one_of({"auto", "cross_entropy", "binary_cross_entropy", "error_correction", "squared_error"}));
    field("init", init,
          "how weights start: uniform is U(-1/sqrt(n), 1/sqrt(n)) for weights and biases; biases are 0 in the others; "
          "least_squares solves for the weights on the training part",
          one_of({"uniform", "glorot", "he", "truncated_normal", "zeros", "least_squares"}));
    field("init_deviation", init_deviation, "of truncated_normal", above(0));
    field("dropout", dropout, "share of the hidden units that a step of training leaves out", between(0, 0.95));
    field("batch_norm", batch_norm, "normalise each hidden unit over the batch, before its activation");
    field("powers", powers, "also give the network each input's powers up to this one", between(1, 64));
  }
};

}  // namespace seq

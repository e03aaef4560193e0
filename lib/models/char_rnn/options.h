// The character RNN: embedding, stacked recurrent cells, softmax over the characters.
#pragma once

#include <array>

#include "base/fields.h"
#include "models/embedding_options.h"

namespace seq {

/// Shape of the character RNN; sizes as in Karpathy's char-rnn (2015).
struct CharRnnOptions {
  static constexpr const char* kSummary = "character (or token) language model on stacked recurrent cells";
  static constexpr std::array kUnread = {"data.examples", "data.numeric"};

  std::string cell = "lstm";
  int64_t layers = 2;
  int64_t hidden_size = 128;
  std::string input = "embedding";
  int64_t embedding_size = 0;
  EmbeddingOptions embedding;
  double dropout = 0.0;
  double embedding_dropout = 0.0;
  double output_dropout = 0.0;
  double state_reset = 0.0;
  bool peepholes = false;
  double forget_bias = 1.0;
  std::string init = "uniform";

  /// Throws Error for keys that do not go together.
  void check() const {
    if (peepholes && cell != "lstm") throw Error("model.peepholes: belong to the cell lstm, not " + cell);
    if (forget_bias != CharRnnOptions().forget_bias && cell != "lstm")
      throw Error("model.forget_bias: belongs to the cell lstm, not " + cell);
    if (input == "one_hot" && embedding_size > 0)
      throw Error("model.embedding_size: one-hot input has none (leave it out)");
    if (input == "one_hot" && !embedding.from.empty())
      throw Error("model.embedding.from: one-hot input has no token vectors (leave it out)");
    embedding.check();
  }

  /// Components of a token's vector.
  int64_t token_vector_size() const { return embedding_size > 0 ? embedding_size : hidden_size; }

  template <class Visitor>
  void fields(Visitor& field) {
    field("cell", cell, "recurrent cell", one_of({"rnn", "lstm", "gru"}));
    field("layers", layers, "stacked cells", between(1, 64));
    field("hidden_size", hidden_size, "units in each layer", between(1, 65536));
    field("input", input,
          "what the cells read: a trained vector for each token, or the token one-hot, as in Karpathy's char-rnn",
          one_of({"embedding", "one_hot"}));
    field("embedding_size", embedding_size, "components of a token's vector; 0: hidden_size", between(0, 65536));
    field("embedding", embedding, "token vectors that were made elsewhere");
    field("dropout", dropout, "between layers", between(0, 0.95));
    field("embedding_dropout", embedding_dropout, "on the token vectors", between(0, 0.95));
    field("output_dropout", output_dropout, "before the softmax", between(0, 0.95));
    field("state_reset", state_reset,
          "chance that a stream forgets its state before a window of training, so that cold starts are learnt too",
          between(0, 1));
    field("peepholes", peepholes, "lstm: let the gates see the cell state (Gers & Schmidhuber 2000)");
    field("forget_bias", forget_bias, "lstm: initial bias of the forget gate", between(-100, 100));
    field("init", init, "how weights start", one_of({"uniform", "glorot", "he", "truncated_normal", "identity"}));
  }
};

}  // namespace seq

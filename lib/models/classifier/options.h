// Options of the classifier; those of the bag stand in lib/classify/bag_options.h.
#pragma once

#include <vector>

#include "base/error.h"
#include "classify/bag_options.h"
#include "config/config.h"
#include "models/chunked_options.h"
#include "models/embedding_options.h"

namespace seq {

/// The section `model` of a config of type `classifier`.
struct ClassifierOptions : classify::BagOptions {
  static constexpr const char* kSummary = "labels for texts: sentiment, topics, languages";

  std::string encoder = "bag";
  int64_t layers = 1;
  bool bidirectional = false;
  int64_t embedding_size = 0;
  EmbeddingOptions embedding;
  double embedding_dropout = 0.0;
  double output_dropout = 0.0;
  double forget_bias = 1.0;
  std::string init = "uniform";

  bool recurrent() const { return encoder != "bag"; }
  /// Components of a token's vector.
  int64_t token_vector_size() const { return embedding_size > 0 ? embedding_size : hidden_size; }

  template <class Visitor>
  void fields(Visitor& field) {
    field("encoder", encoder,
          "what reads a text: a bag of its words, or recurrent cells over all of them in their order",
          one_of({"bag", "rnn", "lstm", "gru"}));
    BagOptions::fields(field);
    field("layers", layers, "rnn, lstm, gru: stacked cells", between(1, 64));
    field("bidirectional", bidirectional, "rnn, lstm, gru: as many cells again read the text from its end");
    field("embedding_size", embedding_size, "rnn, lstm, gru: components of a token's vector; 0: hidden_size",
          between(0, 65536));
    field("embedding", embedding,
          "token vectors that were made elsewhere; bag: those of words, of hidden_size numbers");
    field("embedding_dropout", embedding_dropout, "rnn, lstm, gru: on the token vectors", between(0, 0.95));
    field("output_dropout", output_dropout, "rnn, lstm, gru: before the scores of the labels", between(0, 0.95));
    field("forget_bias", forget_bias, "lstm: initial bias of the forget gate", between(-100, 100));
    field("init", init, "rnn, lstm, gru: how weights start",
          one_of({"uniform", "glorot", "he", "truncated_normal", "identity"}));
  }

  /// What the encoders do not read of the other sections.
  static std::vector<UnreadKeys> unread();

  /// Throws Error for keys that do not go together.
  void check() const;
};

}  // namespace seq

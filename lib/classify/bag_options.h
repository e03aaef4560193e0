// Options of the bag-of-words classifier.
#pragma once

#include <string>

#include "base/fields.h"

namespace seq::classify {

struct BagOptions {
  int64_t hidden_size = 10;
  std::string pooling = "mean";
  std::string values = "counts";
  int64_t word_ngrams = 1;
  int64_t buckets = 2000000;
  int64_t min_ngram_count = 1;
  std::string activation = "none";
  double init_std = 0.0;
  double dropout = 0.0;
  double label_smoothing = 0.0;
  std::string class_weights = "equal";
  bool multi_label = false;
  int64_t max_tokens = 0;
  std::string keep = "head";
  std::string stop_words;

  template <class Visitor>
  void fields(Visitor& field) {
    field("hidden_size", hidden_size,
          "units of the hidden layer, or of a direction of each recurrent layer; bag: also numbers in the vector of a "
          "word",
          between(1, 4096));
    field("pooling", pooling,
          "a text's vector out of those of its words; bag: mean or sum (tf_idf has a scale of its own); the other "
          "encoders: mean, last, max, or attention, a mean by learnt weights",
          one_of({"mean", "sum", "last", "max", "attention"}));
    field("values", values,
          "what a word counts: each occurrence once, the word once however often it occurs, or tf-idf at length 1",
          one_of({"counts", "set", "tf_idf"}));
    field("word_ngrams", word_ngrams, "up to that many words in a row are features too", between(1, 10));
    field("buckets", buckets, "rows among which the n-grams are shared out by their hash", between(1, 1 << 30));
    field("min_ngram_count", min_ngram_count, "buckets that fewer n-grams of the training texts fall into are left out",
          at_least(1));
    field("activation", activation, "of the hidden layer", one_of({"none", "sigmoid", "tanh", "relu"}));
    field("init_std", init_std,
          "vectors and outputs begin normal with this deviation; 0: vectors uniform within 1 / hidden_size, outputs 0",
          between(0, 10));
    field("dropout", dropout,
          "bag: the share of a text's features that a step leaves out; other encoders: between layers",
          between(0, 0.95));
    field("label_smoothing", label_smoothing, "the share of the truth that goes to all labels alike", between(0, 0.9));
    field("class_weights", class_weights, "balanced: rare labels count as much as frequent ones",
          one_of({"equal", "balanced"}));
    field("multi_label", multi_label, "a text may have several labels or none: each is decided by itself");
    field("max_tokens", max_tokens, "a longer text is cut; 0: none is", at_least(0));
    field("keep", keep, "what is left of a text that is cut", one_of({"head", "tail", "both"}));
    field("stop_words", stop_words, "file of words to leave out, one a line", path());
  }
};

}  // namespace seq::classify

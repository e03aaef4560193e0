// Settings of word2vec; the defaults are those of word2vec.c where it has them.
#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"

namespace seq::vectors {

/// Character n-grams whose vectors take part in those of words (Bojanowski et al. 2017, arXiv:1607.04606).
struct SubwordOptions {
  int64_t min_n = 3;
  int64_t max_n = 6;
  int64_t buckets = 0;

  template <class Visitor>
  void fields(Visitor& field) {
    field("min_n", min_n, "characters of the shortest n-grams, the marks `<` and `>` of a word's ends among them",
          between(1, 100));
    field("max_n", max_n, "characters of the longest", between(1, 100));
    field("buckets", buckets, "vectors that n-grams share by their hash; 0: no n-grams (fastText: 2000000)",
          between(0, 2147483647));
  }
};

/// The section `model` of a word2vec config.
struct Word2vecOptions {
  std::string architecture = "skip_gram";
  std::string loss = "negative_sampling";
  int64_t dimension = 100;
  int64_t window = 5;
  bool dynamic_window = true;
  int64_t negatives = 5;
  double noise_power = 0.75;
  double subsample = 1e-3;
  std::string subsample_formula = "word2vec";
  std::string context = "mean";
  int64_t min_count = 5;
  int64_t max_words = 0;
  int64_t max_sentence = 1000;
  SubwordOptions subwords;

  template <class Visitor>
  void fields(Visitor& field) {
    field("architecture", architecture, "predict the word from each of its neighbours, or from all of them at once",
          one_of({"skip_gram", "cbow"}));
    field("loss", loss, "how one word is told from all others",
          one_of({"negative_sampling", "hierarchical_softmax", "full_softmax"}));
    field("dimension", dimension, "numbers in a vector", between(1, 65536));
    field("window", window, "neighbours on each side, at most", between(1, 30));
    field("dynamic_window", dynamic_window, "draw the window of each word from 1 to `window`: near words count more");
    field("negatives", negatives, "noise words for each word", between(1, 63));
    field("noise_power", noise_power, "noise words are drawn by their counts to this power", between(0, 1));
    field("subsample", subsample, "words more frequent than this are left out at random; 0: none", between(0, 1));
    field("subsample_formula", subsample_formula,
          "probability to keep a word of frequency f, with r = subsample / f: sqrt(r) + r as word2vec.c does, or "
          "sqrt(r) as its paper says",
          one_of({"word2vec", "paper"}));
    field("context", context, "cbow: the mean or the sum of the neighbours' vectors", one_of({"mean", "sum"}));
    field("min_count", min_count, "rarer words are left out", at_least(1));
    field("max_words", max_words, "keep only so many of the most frequent words; 0: all", at_least(0));
    field("max_sentence", max_sentence, "longer lines are cut into sentences of so many words", at_least(2));
    field("subwords", subwords, "character n-grams, from which unseen words get vectors too");
  }
};

}  // namespace seq::vectors

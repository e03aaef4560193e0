// Options of word2vec; those of the algorithm stand in lib/vectors/train/options.h.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "models/chunked_options.h"
#include "vectors/train/options.h"

namespace seq {

/// The section `model` of a config of type `word2vec`.
struct Word2vecOptions : vectors::Word2vecOptions {
  static constexpr const char* kSummary = "word vectors: skip-gram and CBOW";
  static constexpr auto kUnread = unread_in_chunks_and("data.corpus", "data.examples", "data.numeric", "data.split",
                                                       "data.test", "train.schedule.type");

  std::vector<std::string> counts;
  int64_t max_distinct = 10'000'000;
  std::string phrases;
  std::string start_from;
  bool freeze_given = false;
  std::string freeze;
  std::string analogies;
  std::vector<std::string> similarities;
  std::string trainer = "auto";
  int64_t batch_words = 0;

  template <class Visitor>
  void fields(Visitor& field) {
    vectors::Word2vecOptions::fields(field);
    field("counts", counts,
          "files of `seqtool tokenize count --model word --pre-tokenise whitespace_split`, which add up: the words and "
          "their counts, in place of counting data.train",
          path());
    field("max_distinct", max_distinct,
          "distinct words held while counting: beyond, the rarest are forgotten now and then; 0: any number",
          at_least(0));
    field("phrases", phrases, "file of `seqtool tokenize phrases`: pairs of words in it are one word, joined by `_`",
          path());
    field("start_from", start_from,
          "run folder or file of word vectors: words that are in it begin with these, in place of random ones", path());
    field("freeze_given", freeze_given, "the vectors of words that `start_from` has do not change");
    field("freeze", freeze, "file of words, one on each line, whose vectors do not change", path());
    field("analogies", analogies, "file of analogy questions to answer after each pass", path());
    field("similarities", similarities, "files of word pairs with people's judgements, to compare after each pass",
          path());
    field(
        "trainer", trainer,
        "what runs the updates: `kernel`, lock-free on all cores, or `tensor`, operations of LibTorch; auto: tensor on "
        "cuda, else kernel",
        one_of({"auto", "kernel", "tensor"}));
    field("batch_words", batch_words,
          "trainer tensor: words whose updates are made at once, from the same values; 0: 256, with hierarchical "
          "softmax, "
          "whose root every word meets, 64",
          between(0, 1 << 20));
  }

  /// Throws Error for options that do not go together.
  void check() const {
    const bool ngrams = subwords.buckets > 0;
    if (max_words == 1) throw Error("model.max_words: 1, but a model has two words at least (0: all)");
    if (subwords.min_n > subwords.max_n)
      throw Error("model.subwords.min_n: " + std::to_string(subwords.min_n) +
                  " is more than max_n = " + std::to_string(subwords.max_n));
    if (freeze_given && start_from.empty())
      throw Error("model.freeze_given: freezes the vectors of model.start_from, which is not set");
    if (ngrams && (freeze_given || !freeze.empty()))
      throw Error(
          "model.subwords: vectors that are made of n-grams, which words share, cannot be frozen (leave out "
          "model.freeze, or the sub-words)");
    if (ngrams && !start_from.empty())
      throw Error(
          "model.subwords: vectors that are made of n-grams cannot begin with given ones (leave out model.start_from, "
          "or the sub-words)");
  }
};

}  // namespace seq

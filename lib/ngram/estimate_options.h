// What a counted model is made from and how: the settings of `ngram estimate` and of configs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"

namespace seq::ngram {

/// How text becomes words.
struct WordOptions {
  std::string unit = "word";
  std::string tokenizer;
  std::string reserved = "refuse";

  template <class Visitor>
  void fields(Visitor& field) {
    field("unit", unit, "what is counted: words between white space, or characters", one_of({"word", "character"}));
    field("tokenizer", tokenizer, "count the tokens of this tokenizer.json in place of words", path());
    field(
        "reserved", reserved,
        "`<s>`, `</s>`, `<unk>` inside the text: stop; keep counts <unk> as a word and refuses the others; skip takes "
        "them as white space; replace counts them all as <unk>",
        one_of({"refuse", "keep", "skip", "replace"}));
  }
};

/// Everything that shapes a model. Defaults are those of KenLM's lmplz, but that discounts fall back with a warning.
struct EstimateOptions {
  int64_t order = 5;
  std::string smoothing = "modified_kneser_ney";
  double add_k = 1.0;
  double stupid_backoff = 0.4;
  std::vector<double> discount_fallback = {0.5, 1.0, 1.5};
  std::vector<int64_t> prune = {0};
  int64_t vocab_size = 0;
  std::string limit_vocab_file;
  std::string outside = "prune";
  std::string vocabulary = "open";
  bool interpolate_unigrams = true;
  WordOptions words;
  std::string memory = "50%";
  std::string temp;

  template <class Visitor>
  void fields(Visitor& field) {
    field("order", order, "longest n-gram", between(1, 16));
    field("smoothing", smoothing, "how probability is kept for what was not seen",
          one_of({"modified_kneser_ney", "kneser_ney", "absolute_discounting", "witten_bell", "add_k",
                  "maximum_likelihood", "stupid_backoff"}));
    field("add_k", add_k, "added to every count by add_k", above(0));
    field("stupid_backoff", stupid_backoff, "factor of stupid_backoff for each word of history that is dropped",
          between(0, 1));
    field("discount_fallback", discount_fallback,
          "discounts of counts 1, 2, 3 and more where the counts are too few to compute them; an empty list stops "
          "instead",
          between(0, 3));
    field("prune", prune,
          "n-grams with a count up to this are left out, one number for each order from 1; the last holds for the rest",
          at_least(0));
    field("vocab_size", vocab_size, "keep the most frequent words only; 0: all", at_least(0));
    field("limit_vocab_file", limit_vocab_file, "keep the words of this file only, separated by white space", path());
    field(
        "outside", outside,
        "words outside a limited vocabulary: prune leaves out the n-grams that hold them, unknown counts them as <unk>",
        one_of({"prune", "unknown"}));
    field("vocabulary", vocabulary, "open gives unknown words a probability, closed does not",
          one_of({"open", "closed"}));
    field("interpolate_unigrams", interpolate_unigrams,
          "mix words with the uniform distribution, else give all that mass to <unk>");
    field("words", words, "how text becomes words");
    field("memory", memory, "most memory to use: bytes with b, K, M, G or T behind, or % of the machine's");
    field("temp", temp, "folder for temporary files; empty: TMPDIR or /tmp", path());
  }
};

}  // namespace seq::ngram

// From counts to a model: weights, discounts, probabilities and back-offs, order by order, into a sink.
#pragma once

#include <string>
#include <vector>

#include "ngram/estimate.h"
#include "ngram/reverse_trie.h"
#include "ngram/smoothing.h"

namespace seq::ngram {

/// The words of a trie.
struct CountedWords {
  std::vector<std::string> words;
  std::vector<bool> outside;  ///< words whose n-grams are pruned; empty: none
};

/// Sends the model of a trie to a sink. Uses the trie's memory up.
Estimated build_model(ReverseTrie& trie, CountedWords words, const EstimateOptions& options, ModelSink& sink,
                      Storage& storage, const Work& work);

}  // namespace seq::ngram

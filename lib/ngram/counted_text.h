// Between text and trie: limits on the vocabulary, n-grams sorted and counted.
#pragma once

#include "ngram/corpus.h"
#include "ngram/model_builder.h"

namespace seq::ngram {

/// A text as a trie of its n-grams.
struct CountedText {
  ReverseTrie trie;
  CountedWords words;
};

/// Counts the n-grams of texts up to `options.order`.
CountedText count_text(const std::vector<std::string>& texts, const EstimateOptions& options, Storage& storage,
                       const Work& work);

/// Words that a limit leaves: new numbers by old ones where outside words become <unk>, marks where they are pruned.
struct VocabularyLimit {
  CountedWords words;
  std::vector<WordId> new_number;  ///< empty: unchanged
};

/// `counts` by word. Throws Error for a file without any word of the text.
VocabularyLimit limit_vocabulary(const WordTable& words, const std::vector<uint32_t>& counts,
                                 const EstimateOptions& options);

/// How often each word of a text occurs. Throws Error when the text has no words.
std::vector<uint32_t> count_words(const Corpus& corpus);

/// The memory that a run may use beside the program itself.
uint64_t memory_for_data(const EstimateOptions& options);

}  // namespace seq::ngram

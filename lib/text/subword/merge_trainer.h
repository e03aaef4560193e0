// Learning the merges of BPE, and the vocabulary of WordPiece by either of its scores.
#pragma once

#include "text/subword/bpe.h"
#include "text/subword/training_words.h"

namespace seq {

/// What was learnt: tokens, and the merges in their order.
struct LearntMerges {
  Vocabulary vocabulary;
  std::vector<BpeMerge> merges;
};

/// Merges the most frequent pair again and again (Sennrich et al. 2016), until the vocabulary is full or all pairs are
/// rarer than `min_count`. Of equally frequent pairs the one of the lowest ids merges first, the left id deciding
/// before the right: the order of HF tokenizers. The words' order does not matter unless there is a prefix or suffix,
/// whose tokens get their ids in that order.
/// Throws Error when the vocabulary has no room for the characters.
LearntMerges learn_merges(const std::vector<WordCounts::Entry>& words, const MergeTraining& training);

/// Merges the pair of the highest freq(pair) / (freq(first) * freq(second)): the one whose merging makes the text most
/// likely (Schuster & Nakajima 2012). Of equal pairs the more frequent one, then the one of the lowest ids.
LearntMerges learn_likely_merges(const std::vector<WordCounts::Entry>& words, const MergeTraining& training);

}  // namespace seq

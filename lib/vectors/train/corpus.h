// A corpus for word vectors: which words there are, how often, and the text as their numbers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "text/phrases.h"
#include "text/subword/word_counts.h"
#include "text/token_file.h"
#include "text/utf8.h"
#include "vectors/word_list.h"

namespace seq::vectors {

/// Text files whose words stand between white space and whose lines are sentences.
struct WordText {
  std::vector<std::string> files;  ///< .gz and .zst too
  InvalidUtf8 invalid = InvalidUtf8::refuse;
  int threads = 1;                                        ///< they do not change the result
  std::shared_ptr<const PhraseJoiner> phrases = nullptr;  ///< joined before anything else, where there are some
  /// Called now and then with the number of bytes read; may throw to end the work.
  std::function<void(int64_t bytes)> progress = [](int64_t) {};
};

/// The words of a corpus that are kept, most frequent first and equally frequent ones by their bytes.
struct CountedWords {
  std::shared_ptr<const WordList> words;
  std::vector<uint64_t> counts;
  uint64_t text_words = 0;      ///< all words of the text, those that were left out too
  uint64_t distinct_words = 0;  ///< likewise
};

/// Which words are kept.
struct KeptWords {
  int64_t min_count = 1;
  int64_t max_words = 0;  ///< the most frequent ones; 0: all
};

/// Counts in one pass; memory is that of the distinct words, of which about `max_distinct` are held (see CountOptions).
WordCounts count_words(const WordText& text, int64_t max_distinct);

/// Adds up files that `seqtool tokenize count --model word --pre-tokenise whitespace_split` wrote. Throws Error when
/// their words were cut in another way.
WordCounts read_word_counts(const std::vector<std::string>& files);

/// Throws Error, which `name` opens, when fewer than two words are frequent enough, or all are more than 2^53.
CountedWords keep_words(const WordCounts& counts, const KeptWords& kept, const std::string& name);

/// Writes each word's row, with the number of words as the mark between sentences; words that are not in the list are
/// left out, longer sentences cut.
void encode_words(const WordText& text, const WordList& words, int64_t max_sentence, TokenFileWriter& out);

}  // namespace seq::vectors

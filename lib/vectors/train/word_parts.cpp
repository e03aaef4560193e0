// Cutting the vocabulary once.
#include "vectors/train/word_parts.h"

namespace seq::vectors {

WordParts::WordParts(const WordList& words, const SubwordRules& rules) : starts_{0} {
  for (int64_t row = 0; row < words.size(); ++row) {
    for (const int64_t bucket : subword_buckets(words[row], rules)) buckets_.push_back(static_cast<uint32_t>(bucket));
    starts_.push_back(buckets_.size());
  }
}

}  // namespace seq::vectors

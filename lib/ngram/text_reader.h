// Lines of text as the words that a model counts, with their hashes; a batch of lines at a time.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ngram/text_model.h"

namespace seq::ngram {

/// Lines that are scored together.
struct TextBatch {
  std::vector<TextToken> tokens;        ///< of each line `<s>`, its words, `</s>`
  std::vector<std::string_view> words;  ///< of each token
  std::vector<size_t> ends;             ///< of each line in `tokens`

  void clear() {
    tokens.clear();
    words.clear();
    ends.clear();
  }
};

/// Cuts a line into the words that a model counts, where they are not those between white space.
using SplitLine = std::function<void(std::string_view line, std::vector<std::string>& words)>;

/// Reads all lines of a file (`-` is stdin; compressed ones are unpacked). `on_batch` may use the batch until it
/// returns.
void read_text(const fs::path& file, const SplitLine& split, const std::function<void(const TextBatch&)>& on_batch);

}  // namespace seq::ngram

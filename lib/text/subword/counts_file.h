// Files of word counts, which add up: several machines count, one trains.
//
// The first line is a JSON object: what the file is, the normaliser and pre-tokenizer that cut the words (sections of
// tokenizer.json), and the numbers of words and occurrences. Then one word a line, in the order of bytes, with its
// count after a tab. `\t`, `\n`, `\r` and `\\` stand for these characters in a word.
#pragma once

#include <filesystem>

#include "base/json.h"
#include "text/subword/word_counts.h"

namespace seq {

/// What cut the words.
struct CountsHeader {
  Json normaliser;
  Json pre_tokenizer;
  bool operator==(const CountsHeader&) const = default;
};

/// Atomic; `-` is stdout.
void write_counts(const std::filesystem::path& path, const CountsHeader& header, const WordCounts& counts);

/// Adds the counts of a file (compressed ones too, `-` is stdin). Throws Error (`x.counts:12: …`) when it is no such
/// file, damaged, cut short or out of order.
CountsHeader read_counts(const std::filesystem::path& path, WordCounts& counts);

}  // namespace seq

// How words are cut at matches of a pattern.
#pragma once

#include <string>
#include <vector>

#include "text/pre_tokenise/pre_tokenizer.h"

namespace seq {

/// What becomes of a match, with the names of HF tokenizers.
enum class SplitBehaviour { removed, isolated, merged_with_previous, merged_with_next, contiguous };

/// Throws Error with `place` for another name.
SplitBehaviour split_behaviour(const Json& json, SplitBehaviour fallback, const std::string& place);
const char* split_behaviour_name(SplitBehaviour behaviour);

/// A stretch of a word, and whether it is a match.
struct Stretch {
  Range range;
  bool match;
};

/// Appends the words that the stretches of one word, in their order and without gaps, make.
void join_stretches(const std::vector<Stretch>& stretches, SplitBehaviour behaviour, std::vector<Range>& ranges);

/// Cuts every word: `find(word, use)` calls `use(begin, end)` with the matches in a word, from left to right.
template <class Find>
void split_words(Words& words, SplitBehaviour behaviour, bool invert, const Find& find) {
  std::vector<Range> ranges;
  std::vector<Stretch> stretches;
  for (const Range whole : words.ranges) {
    stretches.clear();
    uint32_t last = whole.begin;
    const auto add = [&](uint32_t end, bool match) {
      if (last < end) stretches.push_back({{last, end}, match != invert});
      last = end;
    };
    find(words.word(whole), [&](size_t begin, size_t end) {
      add(whole.begin + static_cast<uint32_t>(begin), false);
      add(whole.begin + static_cast<uint32_t>(end), true);
    });
    add(whole.end, false);
    join_stretches(stretches, behaviour, ranges);
  }
  words.ranges.swap(ranges);
}

}  // namespace seq

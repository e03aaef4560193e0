// Words of a list that look like one that is not in it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vectors/word_list.h"

namespace seq::vectors {

/// Edits (insert, delete, replace a byte, swap two neighbours) from one text to another of at most 64 bytes.
int64_t edit_distance(std::string_view pattern, std::string_view text);

/// Rows of at most `most` words that are a few edits away (upper and lower case of ASCII count as the same), nearest
/// first, then in the order of rows.
std::vector<int64_t> similar_spellings(const WordList& words, std::string_view word, size_t most);

/// `"kng" is not in the vocabulary (did you mean king, kong or kang?)`.
std::string missing_word(const WordList& words, std::string_view word);

}  // namespace seq::vectors

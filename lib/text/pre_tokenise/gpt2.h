// GPT-2's regular expression (Radford et al. 2019, encoder.py), matched by hand.
#pragma once

#include <string_view>

namespace seq {

/// Where the match that begins at `begin` ends:
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`. One always begins there.
size_t gpt2_match(std::string_view text, size_t begin);

}  // namespace seq

// The tokens that begin at one place of a word: the edges of its lattice.
#pragma once

#include "text/subword/unigram.h"
#include "text/utf8.h"

namespace seq {

/// A token in a word, from byte to byte.
struct UnigramEdge {
  uint32_t begin;
  uint32_t end;
  int32_t id;
  double score;
  bool known;  ///< false for an unknown character
};

/// Marks a node of the lattice to which no path leads yet.
inline constexpr uint32_t kUnreached = 0xFFFFFFFF;

/// Gives the edges from `begin`, short ones first; where no token is the single character, the unknown one comes last.
/// Returns where the next character begins.
template <class Use>
size_t UnigramModel::edges_from(std::string_view word, size_t begin, const Use& use) const {
  size_t next = begin;
  if (next_code_point(word, next) < 0) next = begin + 1;
  bool has_single = false;
  uint32_t node = Trie::kRoot;
  for (size_t i = begin; i < word.size() && trie_.step(node, word[i]);) {
    const int32_t id = trie_.value(node);
    ++i;
    if (id == kNoToken) continue;
    double score = scores_[static_cast<size_t>(id)];
    if (!kinds_.empty() && kinds_[static_cast<size_t>(id)] == PieceKind::user)
      score = static_cast<double>(static_cast<float>(i - begin) * static_cast<float>(highest_score_)) - 0.1;
    use(UnigramEdge{static_cast<uint32_t>(begin), static_cast<uint32_t>(i), id, score, true});
    has_single = has_single || i == next;
  }
  if (!has_single)
    use(UnigramEdge{static_cast<uint32_t>(begin), static_cast<uint32_t>(next), vocabulary_.unknown, unknown_score_,
                    false});
  return next;
}

}  // namespace seq

// The best path through the lattice of a word's tokens, found while walking the trie from each character.
#include "text/subword/unigram.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "text/subword/byte_tokens.h"
#include "text/subword/unigram_edges.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

constexpr double kUnknownPenalty = 10;

std::vector<Trie::Key> found_tokens(const Vocabulary& vocabulary, const std::vector<PieceKind>& kinds) {
  std::vector<Trie::Key> keys;
  keys.reserve(static_cast<size_t>(vocabulary.size()));
  for (int32_t id = 0; id < vocabulary.size(); ++id)
    if (kinds.empty() || kinds[static_cast<size_t>(id)] != PieceKind::reserved)
      keys.emplace_back(vocabulary.token(id), id);
  return keys;
}

/// The lowest and the highest score of the tokens that count; 0 when there are none.
std::pair<double, double> score_range(const std::vector<double>& scores, const std::vector<PieceKind>& kinds) {
  double least = std::numeric_limits<double>::infinity();
  double most = -least;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!kinds.empty() && kinds[i] != PieceKind::normal) continue;
    least = std::min(least, scores[i]);
    most = std::max(most, scores[i]);
  }
  return least > most ? std::pair{0.0, 0.0} : std::pair{least, most};
}

}  // namespace

UnigramModel::UnigramModel(Vocabulary vocabulary, std::vector<double> scores, UnigramOptions options,
                           std::vector<PieceKind> kinds)
    : SubwordModel(std::move(vocabulary)),
      scores_(std::move(scores)),
      options_(options),
      kinds_(std::move(kinds)),
      trie_(found_tokens(vocabulary_, kinds_)),
      byte_tokens_(find_byte_tokens(vocabulary_)) {
  const auto [least, most] = score_range(scores_, kinds_);
  unknown_score_ = least - kUnknownPenalty;
  if (options_.single_precision) unknown_score_ = static_cast<float>(least) - static_cast<float>(kUnknownPenalty);
  highest_score_ = most;
}

void UnigramModel::encode(std::string_view word, std::vector<Piece>& pieces) const {
  const size_t first = pieces.size();
  if (options_.single_precision) {
    viterbi<float>(word, pieces);
  } else {
    viterbi<double>(word, pieces);
  }
  const auto begin = pieces.begin() + static_cast<std::ptrdiff_t>(first);
  if (std::none_of(begin, pieces.end(), [this](const Piece& piece) { return piece.id == vocabulary_.unknown; })) return;
  const std::vector<Piece> path(begin, pieces.end());
  pieces.resize(first);
  finish(word, path, pieces);
}

template <class Score>
void UnigramModel::viterbi(std::string_view word, std::vector<Piece>& pieces) const {
  struct Node {
    Score score = 0;
    uint32_t begin = kUnreached;
    int32_t id = kNoToken;
  };
  // Words are short: the stack holds their nodes. Texts of any length have them allocated.
  std::array<Node, 65> few;
  std::vector<Node> many(word.size() < few.size() ? 0 : word.size() + 1);
  Node* nodes = many.empty() ? few.data() : many.data();
  for (size_t begin = 0; begin < word.size();) {
    const Score here = nodes[begin].score;
    begin = edges_from(word, begin, [&](const UnigramEdge& edge) {
      Node& node = nodes[edge.end];
      const auto candidate = static_cast<Score>(edge.score + static_cast<double>(here));
      if (node.begin == kUnreached || candidate > node.score) node = {candidate, edge.begin, edge.id};
    });
  }
  const size_t first = pieces.size();
  for (auto end = static_cast<uint32_t>(word.size()); end > 0; end = nodes[end].begin)
    pieces.push_back({nodes[end].id, end});
  std::reverse(pieces.begin() + static_cast<std::ptrdiff_t>(first), pieces.end());
}

void UnigramModel::finish(std::string_view word, const std::vector<Piece>& path, std::vector<Piece>& pieces) const {
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i].id != vocabulary_.unknown) {
      pieces.push_back(path[i]);
      continue;
    }
    const size_t begin = i == 0 ? 0 : path[i - 1].end;
    if (options_.fuse_unknown)
      while (i + 1 < path.size() && path[i + 1].id == vocabulary_.unknown) ++i;
    append_unknown(word, begin, path[i].end, pieces);
  }
}

void UnigramModel::append_unknown(std::string_view word, size_t begin, size_t end, std::vector<Piece>& pieces) const {
  const auto token_of = [this](char c) { return byte_tokens_[static_cast<unsigned char>(c)]; };
  const std::string_view text = word.substr(begin, end - begin);
  const bool bytes =
      options_.byte_fallback && std::all_of(text.begin(), text.end(), [&](char c) { return token_of(c) != kNoToken; });
  if (!bytes) {
    pieces.push_back({vocabulary_.unknown, static_cast<uint32_t>(end)});
    return;
  }
  for (size_t i = begin; i < end; ++i) pieces.push_back({token_of(word[i]), static_cast<uint32_t>(i + 1)});
}

Json UnigramModel::to_json() const {
  Json vocab = Json::array();
  for (int32_t id = 0; id < vocabulary_.size(); ++id)
    vocab.push_back({vocabulary_.token(id), scores_[static_cast<size_t>(id)]});
  return {{"type", "Unigram"},
          {"unk_id", vocabulary_.unknown == kNoToken ? Json(nullptr) : Json(vocabulary_.unknown)},
          {"vocab", std::move(vocab)},
          {"byte_fallback", options_.byte_fallback}};
}

}  // namespace seq

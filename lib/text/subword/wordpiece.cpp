// Longest match from the left by a trie; that of the tokens inside a word is the part of it below the prefix.
#include "text/subword/wordpiece.h"

#include <algorithm>

#include "text/tokenizer_json.h"
#include "text/utf8.h"

namespace seq {
namespace {

std::vector<Trie::Key> all_tokens(const Vocabulary& vocabulary) {
  std::vector<Trie::Key> keys;
  keys.reserve(static_cast<size_t>(vocabulary.size()));
  for (int32_t id = 0; id < vocabulary.size(); ++id) keys.emplace_back(vocabulary.token(id), id);
  return keys;
}

}  // namespace

WordPieceModel::WordPieceModel(Vocabulary vocabulary, WordPieceOptions options)
    : SubwordModel(std::move(vocabulary)), options_(std::move(options)), tokens_(all_tokens(vocabulary_)) {
  const std::string& prefix = options_.continuing_prefix;
  continues_ = std::all_of(prefix.begin(), prefix.end(), [&](char byte) { return tokens_.step(inside_, byte); });
}

void WordPieceModel::encode(std::string_view word, std::vector<Piece>& pieces) const {
  const size_t first = pieces.size();
  const auto unknown = [&] {
    pieces.resize(first);
    pieces.push_back({vocabulary_.unknown, static_cast<uint32_t>(word.size())});
  };
  // A character has at least one byte: most words need no counting.
  if (word.size() > options_.longest_word && count_code_points(word) > options_.longest_word) return unknown();
  for (size_t begin = 0; begin < word.size();) {
    if (begin > 0 && !continues_) return unknown();
    int32_t id = kNoToken;
    size_t end = begin;
    uint32_t node = begin == 0 ? Trie::kRoot : inside_;
    for (size_t i = begin; i < word.size() && tokens_.step(node, word[i]); ++i) {
      if (tokens_.value(node) == kNoToken) continue;
      id = tokens_.value(node);
      end = i + 1;
    }
    if (id == kNoToken) return unknown();
    pieces.push_back({id, static_cast<uint32_t>(end)});
    begin = end;
  }
}

Json WordPieceModel::to_json() const {
  const std::string_view unknown = vocabulary_.unknown == kNoToken ? kSpecialTokens[0].spelling  // HF wants some string
                                                                   : vocabulary_.token(vocabulary_.unknown);
  return {{"type", "WordPiece"},
          {"unk_token", unknown},
          {"continuing_subword_prefix", options_.continuing_prefix},
          {"max_input_chars_per_word", options_.longest_word},
          {"vocab", vocabulary_json(vocabulary_)}};
}

}  // namespace seq

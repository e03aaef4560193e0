// Longest match from the left by two tries.
#include "text/subword/wordpiece.h"

#include "text/tokenizer_json.h"
#include "text/utf8.h"

namespace seq {
namespace {

using Keys = std::vector<std::pair<std::string_view, int32_t>>;

Keys all_tokens(const Vocabulary& vocabulary) {
  Keys keys;
  for (int32_t id = 0; id < vocabulary.size(); ++id) keys.emplace_back(vocabulary.token(id), id);
  return keys;
}

Keys tokens_inside(const Vocabulary& vocabulary, const std::string& prefix) {
  Keys keys;
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    if (token.starts_with(prefix)) keys.emplace_back(token.substr(prefix.size()), id);
  }
  return keys;
}

}  // namespace

WordPieceModel::WordPieceModel(Vocabulary vocabulary, WordPieceOptions options)
    : SubwordModel(std::move(vocabulary)),
      options_(std::move(options)),
      beginnings_(all_tokens(vocabulary_)),
      continuations_(tokens_inside(vocabulary_, options_.continuing_prefix)) {}

void WordPieceModel::encode(std::string_view word, std::vector<Piece>& pieces) const {
  const size_t first = pieces.size();
  const auto unknown = [&] {
    pieces.resize(first);
    pieces.push_back({vocabulary_.unknown, static_cast<uint32_t>(word.size())});
  };
  // A character has at least one byte: most words need no counting.
  if (word.size() > options_.longest_word && count_code_points(word) > options_.longest_word) return unknown();
  for (size_t begin = 0; begin < word.size();) {
    const Trie& trie = begin == 0 ? beginnings_ : continuations_;
    int32_t id = kNoToken;
    size_t end = begin;
    uint32_t node = Trie::kRoot;
    for (size_t i = begin; i < word.size() && trie.step(node, word[i]); ++i) {
      if (trie.value(node) == kNoToken) continue;
      id = trie.value(node);
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

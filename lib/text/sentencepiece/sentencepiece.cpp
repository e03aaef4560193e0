// Encoding and decoding by the models of lib/text/subword.
#include "text/sentencepiece/sentencepiece.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "text/subword/bpe.h"
#include "text/subword/byte_tokens.h"

namespace seq {
namespace {

using Type = SentencePieceFile::Type;

Trie pieces_of_type(const SentencePieceFile& file, Type type) {
  std::vector<Trie::Key> keys;
  for (int32_t id = 0; id < file.vocabulary.size(); ++id)
    if (file.types[static_cast<size_t>(id)] == type) keys.emplace_back(file.vocabulary.token(id), id);
  return Trie(std::move(keys));
}

std::unique_ptr<SubwordModel> make_unigram(const SentencePieceFile& file) {
  std::vector<PieceKind> kinds;
  for (const Type type : file.types)
    kinds.push_back(type == Type::normal         ? PieceKind::normal
                    : type == Type::user_defined ? PieceKind::user
                                                 : PieceKind::reserved);
  UnigramOptions options;
  options.fuse_unknown = !file.byte_fallback;
  options.byte_fallback = file.byte_fallback;
  options.single_precision = true;
  return std::make_unique<UnigramModel>(file.vocabulary, file.scores, options, std::move(kinds));
}

/// SentencePiece merges whatever two neighbours make a piece, the highest score first: each piece stands for the merges
/// of all its pairs of parts.
std::unique_ptr<SubwordModel> make_bpe(const SentencePieceFile& file, const std::string& name) {
  const auto is_normal = [&](int32_t id) {
    return id != kNoToken && file.types[static_cast<size_t>(id)] == Type::normal;
  };
  std::vector<double> scores = file.scores;
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  std::vector<BpeMerge> merges;
  for (int32_t id = 0; id < file.vocabulary.size(); ++id) {
    if (!is_normal(id)) continue;
    const std::string_view piece = file.vocabulary.token(id);
    const double score = file.scores[static_cast<size_t>(id)];
    const auto rank = std::lower_bound(scores.begin(), scores.end(), score, std::greater<>()) - scores.begin();
    for (size_t at = 0, end = 0; at < piece.size(); at = end) {
      next_code_point(piece, end);
      if (end - at < piece.size() && file.vocabulary.find(piece.substr(at, end - at)) == kNoToken)
        throw Error(fmt::format("{}: pieces[{}]: one of its characters is no piece, which is not supported", name, id));
      if (end == piece.size()) break;
      const int32_t left = file.vocabulary.find(piece.substr(0, end));
      const int32_t right = file.vocabulary.find(piece.substr(end));
      if (is_normal(left) && is_normal(right)) merges.push_back({left, right, id, static_cast<int32_t>(rank)});
    }
  }
  BpeOptions options;
  options.fuse_unknown = true;
  options.byte_fallback = file.byte_fallback;
  return std::make_unique<BpeModel>(file.vocabulary, std::move(merges), options);
}

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t size = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < size ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += k <= size ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

bool from_base64(std::string_view text, std::string& bytes) {
  if (text.size() % 4 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 4) {
    size_t size = 3;
    if (i + 4 == text.size()) size -= text[i + 3] != '=' ? 0U : text[i + 2] != '=' ? 1U : 2U;
    uint32_t group = 0;
    for (size_t k = 0; k < 4; ++k) {
      const size_t digit = k <= size ? kDigits.find(text[i + k]) : 0;
      if (digit == std::string_view::npos) return false;
      group = group << 6 | static_cast<uint32_t>(digit);
    }
    for (size_t k = 0; k < size; ++k) bytes += static_cast<char>(group >> (16 - 8 * k) & 0xFF);
  }
  return true;
}

SentencePieceTokenizer::SentencePieceTokenizer(const std::string& bytes, const std::string& name)
    : SentencePieceTokenizer(bytes, parse_sentencepiece(bytes, name), name) {}

SentencePieceTokenizer::SentencePieceTokenizer(std::string bytes, const SentencePieceFile& file,
                                               const std::string& name)
    : Tokenizer(file.vocabulary),
      bytes_(std::move(bytes)),
      types_(file.types),
      unknown_surface_(file.unknown_surface),
      user_defined_(pieces_of_type(file, Type::user_defined)),
      charsmap_(file.normaliser, user_defined_, name),
      model_(file.kind == SentencePieceFile::Kind::bpe ? make_bpe(file, name) : make_unigram(file)),
      apart_(file.kind == SentencePieceFile::Kind::bpe) {}

void SentencePieceTokenizer::cut(std::string_view normal, std::vector<Piece>& pieces) const {
  if (!apart_) {
    if (!normal.empty()) model_->encode(normal, pieces);
    return;
  }
  size_t begin = 0;
  const auto cut_to = [&](size_t end) {
    if (begin == end) return;
    const size_t first = pieces.size();
    model_->encode(normal.substr(begin, end - begin), pieces);
    for (size_t i = first; i < pieces.size(); ++i) pieces[i].end += static_cast<uint32_t>(begin);
  };
  for (size_t at = 0; at < normal.size();) {
    const size_t size = longest_match(user_defined_, normal.substr(at));
    if (size == 0) {
      next_code_point(normal, at);
      continue;
    }
    cut_to(at);
    begin = at + size;
    pieces.push_back({vocabulary_.find(normal.substr(at, size)), static_cast<uint32_t>(begin)});
    at = begin;
  }
  cut_to(normal.size());
}

void SentencePieceTokenizer::encode(std::string_view text, std::vector<int32_t>& ids) const {
  MappedText normal;
  std::vector<Piece> pieces;
  charsmap_.apply(text, normal);
  cut(normal.text, pieces);
  for (const Piece& piece : pieces) ids.push_back(piece.id);
}

void SentencePieceTokenizer::encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText) const {
  MappedText normal;
  std::vector<Piece> pieces;
  charsmap_.apply(text, normal);
  cut(normal.text, pieces);
  uint32_t begin = 0;
  for (const Piece& piece : pieces) {
    spans.push_back({piece.id, normal.origins[begin], normal.origins[piece.end]});
    begin = piece.end;
  }
}

void SentencePieceTokenizer::decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const {
  const CharsmapOptions& rules = charsmap_.options();
  const size_t before = text.size();
  bool at_start = rules.add_dummy_prefix || rules.remove_extra_whitespaces;
  bool start_seen = false;
  std::string bytes;
  const auto finish_bytes = [&] {
    append_replaced(bytes, text);
    bytes.clear();
  };
  for (const int32_t id : ids) {
    const Type type = types_[static_cast<size_t>(id)];
    std::string_view piece = vocabulary_.token(id);
    if (type == Type::byte) {
      bytes += static_cast<char>(std::stoi(std::string(piece.substr(3, 2)), nullptr, 16));
      continue;
    }
    finish_bytes();
    if (start_seen || text.size() > before) at_start = false;
    start_seen = false;
    if (type == Type::control || type == Type::unknown) {
      if (keep_specials)
        text += piece;
      else if (type == Type::unknown)
        text += unknown_surface_;
      continue;
    }
    if (at_start && piece.starts_with(kSpaceMark)) {
      piece.remove_prefix(kSpaceMark.size());
      start_seen = !rules.remove_extra_whitespaces;
    }
    for (size_t mark = 0; (mark = piece.find(kSpaceMark)) != std::string_view::npos;) {
      text.append(piece.substr(0, mark)).append(" ");
      piece.remove_prefix(mark + kSpaceMark.size());
    }
    text += piece;
  }
  finish_bytes();
}

Json SentencePieceTokenizer::to_json() const {
  return {{"version", "1.0"}, {"model", {{"type", "SentencePiece"}, {"file", to_base64(bytes_)}}}};
}

}  // namespace seq

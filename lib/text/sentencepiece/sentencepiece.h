// Tokenizers of SentencePiece (Kudo & Richardson 2018): its `.model` files read, with the same ids.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "text/sentencepiece/charsmap.h"
#include "text/subword/model.h"
#include "text/subword/unigram.h"
#include "text/tokenizer.h"

namespace seq {

/// What a `.model` file holds, of what we use.
struct SentencePieceFile {
  enum class Kind { unigram, bpe };
  enum class Type : uint8_t { normal = 1, unknown, control, user_defined, unused, byte };

  Kind kind = Kind::unigram;
  Vocabulary vocabulary;  ///< with the roles of its special tokens
  std::vector<double> scores;
  std::vector<Type> types;
  bool byte_fallback = false;
  std::string unknown_surface = " \u2047 ";  ///< what an unknown token is decoded to
  CharsmapOptions normaliser;
};

/// Throws Error with `name`: no such file, damaged, or of a kind that we lack (word, char).
SentencePieceFile parse_sentencepiece(std::string_view bytes, const std::string& name);
/// Whether a file begins as a `.model` does.
bool looks_like_sentencepiece(std::string_view bytes);

/// A text is normalised as a whole and cut as a whole: scores add up over all of it.
class SentencePieceTokenizer : public Tokenizer {
 public:
  /// `bytes` is the content of a `.model` file, which tokenizer.json keeps in base 64.
  SentencePieceTokenizer(const std::string& bytes, const std::string& name);

  std::string type() const override { return "sentencepiece"; }
  void encode(std::string_view text, std::vector<int32_t>& ids) const override;
  void encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText special) const override;
  void decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const override;
  /// Each line with its end is a text: a cut inside would change how scores add up.
  TextCut last_cut(std::string_view text) const override { return {text.rfind('\n') + 1, Place::start}; }
  Json to_json() const override;

 private:
  SentencePieceTokenizer(std::string bytes, const SentencePieceFile& file, const std::string& name);
  void cut(std::string_view normal, std::vector<Piece>& pieces) const;

  std::string bytes_;
  std::vector<SentencePieceFile::Type> types_;
  std::string unknown_surface_;
  Trie user_defined_;
  Charsmap charsmap_;
  std::unique_ptr<SubwordModel> model_;
  bool apart_ = false;  ///< BPE: what the user defined is cut out before
};

/// Bytes in base 64 and back; false when the text is none.
std::string to_base64(std::string_view bytes);
bool from_base64(std::string_view text, std::string& bytes);

}  // namespace seq

// Pre-tokenizers that change the text as well: bytes as GPT-2 spells them, and spaces as SentencePiece does.
#pragma once

#include "text/pre_tokenise/pre_tokenizer.h"

namespace seq {

/// GPT-2's words (when `regex`), their bytes spelt by byte_alphabet(). `prefix`: a space opens each word that comes in
/// without one.
class ByteLevel : public PreTokenizer {
 public:
  ByteLevel(bool prefix, bool trim_offsets, bool regex) : prefix_(prefix), trim_(trim_offsets), regex_(regex) {}
  void apply(Words& words) const override;
  Json to_json() const override;
  void restrict(Locality& locality) const override;

 private:
  bool prefix_, trim_, regex_;
};

/// Spaces become `▁`, each of which begins a word (when `split`).
class Metaspace : public PreTokenizer {
 public:
  /// Which words get a `▁` in front when they have none: all, the first of a text, none.
  enum class Prepend { always, first, never };

  Metaspace(int32_t replacement, Prepend prepend, bool split);
  static Metaspace from_json(const Json& json, const std::string& place);
  void apply(Words& words) const override;
  Json to_json() const override;
  void restrict(Locality& locality) const override;
  const std::string& replacement() const { return text_; }
  Prepend prepend() const { return prepend_; }

 private:
  int32_t replacement_;
  std::string text_;
  Prepend prepend_;
  bool split_;
};

}  // namespace seq

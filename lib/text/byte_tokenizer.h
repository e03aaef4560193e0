// The tokenizer whose tokens are the 256 bytes.
#pragma once

#include "text/tokenizer.h"

namespace seq {

/// Special tokens first, then the bytes by value. In the vocabulary a byte is spelt as GPT-2 did (Radford et al. 2019,
/// encoder.py), so that every token shows: `A` for 0x41, `Ġ` for a space.
class ByteTokenizer : public Tokenizer {
 public:
  /// A vocabulary of special tokens only; the bytes are added to it.
  explicit ByteTokenizer(Vocabulary specials);

  std::string type() const override { return "byte"; }
  void encode(std::string_view text, std::vector<int32_t>& ids) const override;
  void encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText special) const override;
  void decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const override;
  Json to_json() const override;
  bool takes_any_bytes() const override { return true; }

 private:
  int32_t first_;  ///< id of byte 0
};

/// Learns nothing: all bytes are known beforehand.
class ByteTrainer : public TokenizerTrainer {
 public:
  explicit ByteTrainer(const TokenizerOptions& options) : specials_(options.specials) {}
  bool needs_text() const override { return false; }
  void add(std::string_view) override {}
  std::unique_ptr<Tokenizer> finish() override;

 private:
  std::vector<std::string> specials_;
};

}  // namespace seq

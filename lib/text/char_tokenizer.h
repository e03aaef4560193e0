// The tokenizer whose tokens are single code points.
#pragma once

#include <array>
#include <map>
#include <unordered_map>

#include "text/tokenizer.h"

namespace seq {

/// From code points to ids: a flat table for the basic plane, a map for what lies beyond it.
class CodePointTable {
 public:
  /// `missing` is what a code point without an id gives.
  explicit CodePointTable(int32_t missing) : missing_(missing) { ascii_.fill(missing); }
  void set(int32_t code_point, int32_t id);
  int32_t ascii(char byte) const { return ascii_[static_cast<unsigned char>(byte)]; }
  int32_t find(int32_t code_point) const;

 private:
  int32_t missing_;
  std::array<int32_t, 128> ascii_{};
  std::vector<int32_t> basic_;  ///< empty as long as all is ASCII
  std::unordered_map<int32_t, int32_t> beyond_;
};

/// Special tokens first, then the characters by code point.
class CharTokenizer : public Tokenizer {
 public:
  /// Every token that is not special is one code point.
  explicit CharTokenizer(Vocabulary vocabulary);

  std::string type() const override { return "char"; }
  void encode(std::string_view text, std::vector<int32_t>& ids) const override;
  void encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText special) const override;
  void decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const override;
  Json to_json() const override;

 private:
  [[noreturn]] void refuse_unknown(std::string_view text) const;
  CodePointTable table_;
};

/// Counts code points.
class CharTrainer : public TokenizerTrainer {
 public:
  explicit CharTrainer(const TokenizerOptions& options);
  void add(std::string_view text) override;
  std::unique_ptr<Tokenizer> finish() override;

 private:
  TokenizerOptions options_;
  std::vector<uint64_t> basic_;         ///< counts of the basic plane, by code point
  std::map<int32_t, uint64_t> beyond_;  ///< and of the rest
  /// ASCII apart: four rows, so that runs of one letter do not wait for the store before.
  std::array<std::array<uint64_t, 128>, 4> ascii_{};
};

}  // namespace seq

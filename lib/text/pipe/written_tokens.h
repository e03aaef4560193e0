// Tokens as they are written: ids in decimal, tokens that show, JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/pipe.h"
#include "text/pipeline/word_cache.h"

namespace seq {

/// Writes lists of ids or tokens with spaces between them, and remembers what each is written as. For one thread.
class TokenWriter {
 public:
  /// Both must outlive it.
  TokenWriter(const Vocabulary& vocabulary, EncodeFormat format);
  void append(const std::vector<int32_t>& ids, std::string& out);

 private:
  struct Decimal {
    char digits[11];
    uint8_t size;
  };
  void append_decimals(std::span<const int32_t> ids, std::string& out);
  static void make(Decimal& decimal, int32_t id);

  const Vocabulary& vocabulary_;
  EncodeFormat format_;
  ZeroTable<Decimal> decimals_;     ///< by id, each with a space behind it
  std::vector<std::string> shown_;  ///< the same for tokens
};

/// The tokens of `line` as one JSON object (EncodeFormat::json).
std::string tokens_json(const std::vector<TokenSpan>& tokens, std::string_view line, const Vocabulary& vocabulary);

}  // namespace seq

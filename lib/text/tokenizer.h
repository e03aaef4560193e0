// Text to ids and back; the kinds of tokenizer and the file that keeps one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "base/json.h"
#include "text/utf8.h"
#include "text/vocabulary.h"

namespace seq {

/// The section `tokenizer` of a config.
struct TokenizerOptions {
  std::string type = "char";
  std::string from;  // a tokenizer.json to load in place of training one
  std::vector<std::string> specials = {"unk"};
  int64_t min_count = 1;
  std::string invalid_utf8 = "refuse";

  template <class Visitor>
  void fields(Visitor& field) {
    field("type", type, "what a token is", one_of({"char", "byte"}));
    field("from", from, "load this tokenizer.json in place of training one", path());
    field("specials", specials, "special tokens to add", one_of({"unk", "bos", "eos", "sep", "pad"}));
    field("min_count", min_count, "rarer tokens become unknown", at_least(1));
    field("invalid_utf8", invalid_utf8, "bytes that are not UTF-8: stop, or go on with U+FFFD",
          one_of({"refuse", "replace"}));
  }
};

/// A trained tokenizer. Immutable, hence shared between threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// `char`, `byte` …
  virtual std::string type() const = 0;
  /// Appends the ids of a text (valid UTF-8). Tokens outside the vocabulary become the unknown token;
  /// throws Error that names the character when there is none.
  virtual void encode(std::string_view text, std::vector<int32_t>& ids) const = 0;
  /// Appends the text of some ids. Special tokens give nothing unless `keep_specials`.
  virtual void decode(std::span<const int32_t> ids, std::string& text, bool keep_specials = false) const = 0;
  /// The content of tokenizer.json, which HF tokenizers reads too.
  virtual Json to_json() const = 0;

 protected:
  explicit Tokenizer(Vocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {}
  Vocabulary vocabulary_;
};

/// Learns a vocabulary from text that comes in blocks.
class TokenizerTrainer {
 public:
  virtual ~TokenizerTrainer() = default;
  virtual void add(std::string_view text) = 0;
  virtual std::unique_ptr<Tokenizer> finish() = 0;
};

std::unique_ptr<TokenizerTrainer> make_tokenizer_trainer(const TokenizerOptions& options);

/// Reads tokenizer.json. Throws Error naming file and key when it is damaged or of a kind that we lack.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& path);
std::unique_ptr<Tokenizer> tokenizer_from_json(const Json& json, const std::string& name);
/// Atomic.
void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path);

}  // namespace seq

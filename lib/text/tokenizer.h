// Text to ids and back; the kinds of tokenizer and the file that keeps one.
//
//   auto tokenizer = load_tokenizer("run/tokenizer.json");
//   std::vector<int32_t> ids;
//   tokenizer->encode("To be", ids);
//   std::string text;
//   tokenizer->decode(ids, text);  // "To be"
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
#include "text/pipeline/framing.h"
#include "text/pipeline/place.h"
#include "text/utf8.h"
#include "text/vocabulary.h"

namespace seq {

/// All kinds of tokenizer that can be trained, by their names in configs.
inline std::vector<std::string> tokenizer_types() {
  return {"char", "byte", "word", "bpe", "byte_bpe", "wordpiece", "unigram"};
}

/// The section `tokenizer` of a config.
struct TokenizerOptions {
  std::string type = "char";
  std::string from;  // a tokenizer.json to load in place of training one
  int64_t vocab_size = 30000;
  std::vector<std::string> specials = {"unk"};
  int64_t min_count = 1;
  std::vector<std::string> normalise;
  std::vector<std::string> pre_tokenise;
  std::string framing;
  std::string continuing_prefix;
  std::string end_of_word;
  bool byte_fallback = false;
  int64_t limit_alphabet = 0;
  int64_t max_token_length = 0;
  std::string wordpiece_score = "frequency";
  int64_t seed_size = 1000000;
  std::string invalid_utf8 = "refuse";
  int64_t threads = 0;  // of training, 0: one for each core; no key of the section, but the config's own

  template <class Visitor>
  void fields(Visitor& field) {
    field("type", type, "what a token is", one_of(tokenizer_types()));
    field("from", from, "load this tokenizer.json in place of training one", path());
    field("vocab_size", vocab_size, "most tokens, special ones included; char and byte take what there is",
          at_least(1));
    field("specials", specials,
          "special tokens to add: unk, bos, eos, sep, pad, or others by their spelling; byte and byte_bpe leave out "
          "unk, since no byte is unknown");
    field("min_count", min_count, "rarer characters and words become unknown; bpe, wordpiece: rarer pairs do not merge",
          at_least(1));
    field("normalise", normalise,
          "steps before cutting: nfc, nfd, nfkc, nfkd, lowercase, casefold, strip_accents, collapse, strip, bert, "
          "basic_english, FROM=TO; none. "
          "Empty: bert for wordpiece");
    field("pre_tokenise", pre_tokenise,
          "how text is cut into words: whitespace, whitespace_split, uax29, punctuation, digits, bert, "
          "gpt2, bytes, metaspace, cjk; none. Empty: metaspace for bpe and unigram, gpt2 for byte_bpe, bert for "
          "wordpiece, whitespace for word");
    field("template", framing, "what encoding puts around a text, as in `<s> $A <sep> $B </s>`; corpora go without");
    field("continuing_prefix", continuing_prefix, "bpe, wordpiece: opens tokens inside a word (wordpiece: ##)");
    field("end_of_word", end_of_word, "bpe: ends the token that ends a word, </w> say");
    field("byte_fallback", byte_fallback, "bpe, unigram: unknown characters become 256 tokens of bytes");
    field("limit_alphabet", limit_alphabet, "bpe, wordpiece, unigram: the most frequent characters only; 0: all",
          at_least(0));
    field("max_token_length", max_token_length, "in characters; 0: 16 for unigram, any for bpe and wordpiece",
          between(0, 60));
    field("wordpiece_score", wordpiece_score,
          "which pair merges next: the most frequent, or the one that makes the text most likely",
          one_of({"frequency", "likelihood"}));
    field("seed_size", seed_size, "unigram: tokens at the start", between(1, 50000000));
    field("invalid_utf8", invalid_utf8,
          "bytes that are not UTF-8: stop, go on with U+FFFD, or take them as they are (byte, byte_bpe)",
          one_of({"refuse", "replace", "keep"}));
  }

  InvalidUtf8 invalid() const { return invalid_utf8_mode(invalid_utf8); }
};

/// A character outside a vocabulary that has no unknown token; what() lacks the place, which the caller knows.
class UnknownCharacter : public Error {
 public:
  using Error::Error;
};

/// The last place where a text may be cut, 0 when there is none, and how what follows is to be taken.
struct TextCut {
  size_t at;
  Place next;
};

/// Encodes one text after another on one thread, and remembers words, so that the common ones cost a look-up.
class TokenEncoder {
 public:
  virtual ~TokenEncoder() = default;
  /// Appends the ids of a text. `place` is `inside` for what follows a cut at Tokenizer::last_cut().
  virtual void encode(std::string_view text, std::vector<int32_t>& ids, Place place = Place::start) = 0;
};

/// A trained tokenizer. Immutable, hence shared between threads.
/// To `char` and `byte` the spelling of a special token in a text (`<unk>`) is text like any other: only ids are
/// special. The other kinds find special tokens in a text, as HF tokenizers does, unless told SpecialText::text.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  /// `char`, `byte` …
  virtual std::string type() const = 0;
  /// Appends the ids of a text (valid UTF-8). Tokens outside the vocabulary become the unknown token;
  /// throws UnknownCharacter, which names it, when there is none.
  virtual void encode(std::string_view text, std::vector<int32_t>& ids) const = 0;
  /// The same with the place of each token.
  virtual void encode_spans(std::string_view text, std::vector<TokenSpan>& spans,
                            SpecialText special = SpecialText::token) const = 0;
  /// A fast encoder for one thread; the tokenizer must outlive it.
  virtual std::unique_ptr<TokenEncoder> encoder(SpecialText special = SpecialText::token) const;
  /// Where a text that goes on may be cut so that the ids of its parts are those of the whole. Where a pipeline allows
  /// no such cut (one without pre-tokenizer, say), each line with its end is a text.
  virtual TextCut last_cut(std::string_view text) const { return {text.size(), Place::inside}; }
  /// Whether bytes that are not UTF-8 are encoded like any others.
  virtual bool takes_any_bytes() const { return false; }
  /// What belongs around the tokens of a text.
  virtual const Framing& framing() const;
  /// Appends the text of some ids, which are in the vocabulary. Special tokens give nothing unless `keep_specials`.
  virtual void decode(std::span<const int32_t> ids, std::string& text, bool keep_specials = false) const = 0;
  /// The same for ids that go on after others, of which the last few are enough.
  void decode_more(std::span<const int32_t> before, std::span<const int32_t> ids, std::string& text,
                   bool keep_specials = false) const;
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
  /// False when the vocabulary does not depend on any text, so that reading it is a waste.
  virtual bool needs_text() const { return true; }
  /// Text in valid UTF-8, cut between code points.
  virtual void add(std::string_view text) = 0;
  /// Throws Error when nothing is left for the vocabulary, or tokens fell below `min_count` without an unknown token
  /// to stand for them.
  virtual std::unique_ptr<Tokenizer> finish() = 0;
};

/// The trainer for `options.type`. Throws Error for an unknown one.
std::unique_ptr<TokenizerTrainer> make_tokenizer_trainer(const TokenizerOptions& options);

/// Reads tokenizer.json. Throws Error naming file and key when it is damaged or of a kind that we lack.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& path);
std::unique_ptr<Tokenizer> tokenizer_from_text(std::string_view text, const std::string& name);
/// Atomic.
void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& path);

}  // namespace seq

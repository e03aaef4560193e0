// Which tokenizer an option or a tokenizer.json stands for.
#include "text/tokenizer.h"

#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/error.h"
#include "base/files.h"
#include "text/byte_tokenizer.h"
#include "text/char_tokenizer.h"
#include "text/pipeline/pipeline_tokenizer.h"
#include "text/sentencepiece/sentencepiece.h"
#include "text/subword/subword_trainer.h"
#include "text/tokenizer_file.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

/// True when the text is cut into single characters.
bool splits_characters(const Json& pre_tokenizer) {
  return member(pre_tokenizer, "type") == Json("Split") &&
         member(member(pre_tokenizer, "pattern"), "Regex") == Json(kAnyCharacter) &&
         member(pre_tokenizer, "behavior") == Json("Isolated") && member(pre_tokenizer, "invert") != Json(true);
}

bool takes_bytes(const Json& pre_tokenizer) {
  return member(pre_tokenizer, "type") == Json("ByteLevel") &&
         member(pre_tokenizer, "add_prefix_space") == Json(false) && member(pre_tokenizer, "use_regex") == Json(false);
}

std::unique_ptr<Tokenizer> read_char(const TokenizerFile& file) {
  Vocabulary vocabulary = vocabulary_from_file(file);
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    size_t position = 0;
    if (vocabulary.is_special(id)) continue;
    if (token.empty() || next_code_point(token, position) < 0 || position != token.size())
      throw Error(file.name + ": model.vocab: the token with id " + std::to_string(id) + " is not one character");
  }
  return std::make_unique<CharTokenizer>(std::move(vocabulary));
}

std::unique_ptr<Tokenizer> read_byte(const TokenizerFile& file) {
  const Vocabulary vocabulary = vocabulary_from_file(file);
  Vocabulary specials;
  for (int32_t id = 0; id < vocabulary.size() && vocabulary.is_special(id); ++id) specials.add(vocabulary.token(id));
  bool same = true;
  for (const SpecialToken& special : kSpecialTokens) {
    specials.*special.id = vocabulary.*special.id;
    same = same && vocabulary.*special.id < specials.size();
  }
  auto tokenizer = std::make_unique<ByteTokenizer>(std::move(specials));
  same = same && tokenizer->vocabulary().size() == vocabulary.size();
  for (int32_t id = 0; same && id < vocabulary.size(); ++id)
    same = tokenizer->vocabulary().token(id) == vocabulary.token(id);
  if (!same) throw Error(file.name + ": model.vocab: not the special tokens and then the 256 bytes in their order");
  return tokenizer;
}

std::unique_ptr<Tokenizer> read_packed_sentencepiece(const TokenizerFile& file) {
  const Json& packed = member(file.model, "file");
  std::string bytes;
  if (!packed.is_string() || !from_base64(packed.get<std::string>(), bytes))
    throw Error(file.name + ": model.file: not a SentencePiece model in base 64");
  return std::make_unique<SentencePieceTokenizer>(std::move(bytes), file.name + ": model.file");
}

std::unique_ptr<Tokenizer> tokenizer_from_file(TokenizerFile file) {
  const Json& pre_tokenizer = member(file.head, "pre_tokenizer");
  const Json& kind = member(file.model, "type");
  if (kind == Json("SentencePiece")) return read_packed_sentencepiece(file);
  const bool plain = member(file.head, "normalizer").is_null() && member(file.head, "post_processor").is_null();
  if (plain && kind == Json("WordLevel") && splits_characters(pre_tokenizer)) return read_char(file);
  if (plain && kind == Json("BPE") && file.merges.empty() && takes_bytes(pre_tokenizer)) return read_byte(file);
  return pipeline_from_file(std::move(file));
}

/// The start of a file; empty when it cannot be read, which the reader will tell.
std::string first_bytes(const fs::path& path) {
  std::string bytes(8, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

class PlainEncoder : public TokenEncoder {
 public:
  explicit PlainEncoder(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  void encode(std::string_view text, std::vector<int32_t>& ids, Place) override { tokenizer_.encode(text, ids); }

 private:
  const Tokenizer& tokenizer_;
};

}  // namespace

std::unique_ptr<TokenEncoder> Tokenizer::encoder(SpecialText) const {
  return std::make_unique<PlainEncoder>(*this);
}

const Framing& Tokenizer::framing() const {
  static const Framing kNone;
  return kNone;
}

void Tokenizer::decode_more(std::span<const int32_t> before, std::span<const int32_t> ids, std::string& text,
                            bool keep_specials) const {
  constexpr size_t kContext = 8;
  std::vector<int32_t> all(before.last(std::min(before.size(), kContext)).begin(), before.end());
  std::string past, joined;
  decode(all, past, keep_specials);
  all.insert(all.end(), ids.begin(), ids.end());
  decode(all, joined, keep_specials);
  text.append(joined, std::min(past.size(), joined.size()));
}

std::unique_ptr<TokenizerTrainer> make_tokenizer_trainer(const TokenizerOptions& options) {
  if (options.type == "char") return std::make_unique<CharTrainer>(options);
  if (options.type == "byte") return std::make_unique<ByteTrainer>(options);
  if (learns_from_words(options.type)) return std::make_unique<SubwordTrainer>(options);
  std::string names;
  for (const std::string& name : tokenizer_types()) names += (names.empty() ? "" : ", ") + name;
  throw Error("tokenizer.type: \"" + options.type + "\" is unknown (one of: " + names + ")");
}

std::unique_ptr<Tokenizer> tokenizer_from_text(std::string_view text, const std::string& name) {
  return tokenizer_from_file(parse_tokenizer_json(text, name));
}

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& path) {
  if (path.extension() == ".model" || looks_like_sentencepiece(first_bytes(path)))
    return std::make_unique<SentencePieceTokenizer>(read_file(path), path.string());
  return tokenizer_from_file(read_tokenizer_file(path));
}

void save_tokenizer(const Tokenizer& tokenizer, const fs::path& path) {
  const std::string json = tokenizer.to_json().dump(1) + "\n";
  if (path == "-") {
    std::cout << json;
    return;
  }
  write_file_atomic(path, json);
}

}  // namespace seq

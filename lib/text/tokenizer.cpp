// Which tokenizer an option or a tokenizer.json stands for.
#include "text/tokenizer.h"

#include "base/error.h"
#include "base/files.h"
#include "text/byte_tokenizer.h"
#include "text/char_tokenizer.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

std::string text_or_none(const Json& value) {
  return value.is_string() ? value.get<std::string>() : "none";
}

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

std::unique_ptr<Tokenizer> read_char(const Json& json, const std::string& name) {
  Vocabulary vocabulary = vocabulary_from_json(json, name);
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string& token = vocabulary.token(id);
    size_t position = 0;
    if (vocabulary.is_special(id)) continue;
    if (token.empty() || next_code_point(token, position) < 0 || position != token.size())
      throw Error(name + ": model.vocab: the token with id " + std::to_string(id) + " is not one character");
  }
  return std::make_unique<CharTokenizer>(std::move(vocabulary));
}

std::unique_ptr<Tokenizer> read_byte(const Json& json, const std::string& name) {
  const Vocabulary vocabulary = vocabulary_from_json(json, name);
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
  if (!same) throw Error(name + ": model.vocab: not the special tokens and then the 256 bytes in their order");
  return tokenizer;
}

}  // namespace

std::unique_ptr<TokenizerTrainer> make_tokenizer_trainer(const TokenizerOptions& options) {
  if (options.type == "char") return std::make_unique<CharTrainer>(options);
  if (options.type == "byte") return std::make_unique<ByteTrainer>(options);
  throw Error("tokenizer.type: \"" + options.type + "\" is unknown (one of: char, byte)");
}

std::unique_ptr<Tokenizer> tokenizer_from_json(const Json& json, const std::string& name) {
  const Json& model = member(json, "model");
  const Json& pre_tokenizer = member(json, "pre_tokenizer");
  if (!model.is_object()) throw Error(name + ": not a tokenizer: the key model is missing");
  if (!member(json, "normalizer").is_null()) throw Error(name + ": normalizer: not supported (expected null)");

  const std::string kind = text_or_none(member(model, "type"));
  if (kind == "WordLevel" && splits_characters(pre_tokenizer)) return read_char(json, name);
  const Json& merges = member(model, "merges");
  const bool merges_nothing = merges.is_null() || (merges.is_array() && merges.empty());
  if (kind == "BPE" && merges_nothing && takes_bytes(pre_tokenizer)) return read_byte(json, name);
  throw Error(name + ": model.type " + kind + " with pre_tokenizer.type " +
              text_or_none(member(pre_tokenizer, "type")) +
              " is a tokenizer that is not supported (WordLevel over single characters or BPE over bytes without "
              "merges are)");
}

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& path) {
  return tokenizer_from_json(read_json(path), path.string());
}

void save_tokenizer(const Tokenizer& tokenizer, const fs::path& path) {
  write_file_atomic(path, tokenizer.to_json().dump(1) + "\n");
}

}  // namespace seq

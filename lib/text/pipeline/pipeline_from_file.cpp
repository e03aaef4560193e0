// A pipeline out of the sections of tokenizer.json.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/pipeline/pipeline_tokenizer.h"
#include "text/subword/bpe.h"
#include "text/subword/unigram.h"
#include "text/subword/word_level.h"
#include "text/subword/wordpiece.h"
#include "text/tokenizer_file.h"
#include "text/tokenizer_json.h"

namespace seq {
namespace {

std::string text_or_empty(const Json& json, const char* key, const std::string& place) {
  return member(json, key).is_null() ? std::string() : require_text(json, key, place);
}

void find_unknown(TokenizerFile& file, const std::string& place) {
  const std::string token = text_or_empty(file.model, "unk_token", place);
  if (!token.empty()) file.vocabulary.unknown = file.vocabulary.find(token);
}

std::unique_ptr<SubwordModel> read_bpe(TokenizerFile& file, const std::string& place) {
  find_unknown(file, place);
  BpeOptions options;
  options.continuing_prefix = text_or_empty(file.model, "continuing_subword_prefix", place);
  options.end_suffix = text_or_empty(file.model, "end_of_word_suffix", place);
  options.fuse_unknown = read_flag(file.model, "fuse_unk", false, place);
  options.byte_fallback = read_flag(file.model, "byte_fallback", false, place);
  options.ignore_merges = read_flag(file.model, "ignore_merges", false, place);
  if (const Json& dropout = member(file.model, "dropout"); !dropout.is_null()) {
    if (!dropout.is_number() || dropout < 0 || dropout > 1) throw Error(place + ".dropout: not a number from 0 to 1");
    options.dropout = dropout.get<double>();
  }
  try {
    return std::make_unique<BpeModel>(std::move(file.vocabulary), file.merges, options);
  } catch (const Error& error) {
    throw Error(place + "." + error.what());
  }
}

std::unique_ptr<SubwordModel> read_wordpiece(TokenizerFile& file, const std::string& place) {
  find_unknown(file, place);
  WordPieceOptions options;
  if (!member(file.model, "continuing_subword_prefix").is_null())
    options.continuing_prefix = require_text(file.model, "continuing_subword_prefix", place);
  options.longest_word =
      static_cast<size_t>(read_number(file.model, "max_input_chars_per_word", 100, 0, INT32_MAX, place));
  return std::make_unique<WordPieceModel>(std::move(file.vocabulary), options);
}

std::unique_ptr<SubwordModel> read_unigram(TokenizerFile& file, const std::string& place) {
  if (file.scores.empty()) throw Error(place + ".vocab: not a list of [token, score]");
  const int64_t unknown = read_number(file.model, "unk_id", -1, 0, file.vocabulary.size() - 1, place);
  file.vocabulary.unknown = static_cast<int32_t>(unknown);
  UnigramOptions options;
  options.byte_fallback = read_flag(file.model, "byte_fallback", false, place);
  return std::make_unique<UnigramModel>(std::move(file.vocabulary), std::move(file.scores), options);
}

std::unique_ptr<SubwordModel> read_model(TokenizerFile& file) {
  const std::string place = file.name + ": model";
  const std::string type = text_or_empty(file.model, "type", place);
  if (type == "BPE") return read_bpe(file, place);
  if (type == "WordPiece") return read_wordpiece(file, place);
  if (type == "Unigram") return read_unigram(file, place);
  if (type != "WordLevel") throw Error(place + ".type: " + type + " is not supported");
  find_unknown(file, place);
  return std::make_unique<WordLevelModel>(std::move(file.vocabulary));
}

/// How others spell the special tokens.
void find_roles(Vocabulary& vocabulary, const std::vector<AddedToken>& added) {
  struct Spelling {
    int32_t Vocabulary::*id;
    std::array<const char*, 5> spellings;
  };
  static constexpr Spelling kSpellings[] = {
      {&Vocabulary::unknown, {"<unk>", "[UNK]"}},
      {&Vocabulary::padding, {"<pad>", "[PAD]"}},
      {&Vocabulary::begin, {"<s>", "[CLS]", "<bos>", "<|begin_of_text|>", "[BOS]"}},
      {&Vocabulary::end, {"</s>", "<|endoftext|>", "<eos>", "<|end_of_text|>", "[EOS]"}},
      {&Vocabulary::separator, {"<sep>", "[SEP]"}}};
  const auto is_special = [&](int32_t id) {
    return std::any_of(added.begin(), added.end(), [&](const AddedToken& t) { return t.special && t.id == id; });
  };
  for (const Spelling& role : kSpellings)
    for (const char* spelling : role.spellings)
      if (vocabulary.*role.id == kNoToken && spelling != nullptr)
        if (const int32_t id = vocabulary.find(spelling); is_special(id)) vocabulary.*role.id = id;
  for (const AddedToken& token : added)
    if (token.special) vocabulary.other_specials.push_back(token.id);
}

bool has_byte_level(const Json& pre_tokenizer) {
  if (member(pre_tokenizer, "type") == Json("ByteLevel")) return true;
  const Json& steps = member(pre_tokenizer, "pretokenizers");
  return steps.is_array() && std::any_of(steps.begin(), steps.end(), has_byte_level);
}

std::string type_name(const TokenizerFile& file, const SubwordModel& model) {
  if (dynamic_cast<const WordPieceModel*>(&model) != nullptr) return "wordpiece";
  if (dynamic_cast<const UnigramModel*>(&model) != nullptr) return "unigram";
  if (dynamic_cast<const WordLevelModel*>(&model) != nullptr) return "word";
  return has_byte_level(member(file.head, "pre_tokenizer")) ? "byte_bpe" : "bpe";
}

}  // namespace

std::unique_ptr<PipelineTokenizer> pipeline_from_file(TokenizerFile file) {
  if (const Json& version = member(file.head, "version"); !version.is_null() && version != Json("1.0"))
    throw Error(file.name + ": version: " + version.dump() + " is not supported (expected \"1.0\")");
  Pipeline parts;
  parts.front = Front::from_json(member(file.head, "normalizer"), member(file.head, "pre_tokenizer"), file.name);
  parts.decoder = decoder_from_json(member(file.head, "decoder"), file.name + ": decoder");
  parts.model = read_model(file);
  parts.type = type_name(file, *parts.model);
  Vocabulary vocabulary = parts.model->vocabulary();
  parts.added = added_tokens_from_json(member(file.head, "added_tokens"), vocabulary, file.name);
  find_roles(vocabulary, parts.added);
  parts.framing = Framing::from_json(member(file.head, "post_processor"), member(file.head, "truncation"),
                                     member(file.head, "padding"), vocabulary, file.name);
  return std::make_unique<PipelineTokenizer>(std::move(parts), std::move(vocabulary));
}

}  // namespace seq

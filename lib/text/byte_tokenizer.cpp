// Bytes as ids, and their spelling in tokenizer.json.
#include "text/byte_tokenizer.h"

#include <algorithm>

#include "text/tokenizer_json.h"

namespace seq {

ByteTokenizer::ByteTokenizer(Vocabulary specials) : Tokenizer(std::move(specials)), first_(vocabulary_.size()) {
  for (const std::string& token : byte_alphabet()) vocabulary_.add(token);
}

void ByteTokenizer::encode(std::string_view text, std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  ids.resize(before + text.size());
  std::transform(text.begin(), text.end(), ids.begin() + static_cast<std::ptrdiff_t>(before),
                 [first = first_](char byte) { return first + static_cast<unsigned char>(byte); });
}

void ByteTokenizer::encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText) const {
  for (size_t i = 0; i < text.size(); ++i) spans.push_back({first_ + static_cast<unsigned char>(text[i]), i, i + 1});
}

void ByteTokenizer::decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const {
  for (const int32_t id : ids) {
    if (id >= first_)
      text += static_cast<char>(id - first_);
    else if (keep_specials)
      text += vocabulary_.token(id);
  }
}

Json ByteTokenizer::to_json() const {
  const Json byte_level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", false}, {"use_regex", false}};
  Json json = tokenizer_json_frame(vocabulary_);
  json["pre_tokenizer"] = byte_level;
  json["decoder"] = byte_level;
  json["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"vocab", vocabulary_json(vocabulary_)},
                   {"merges", Json::array()}};
  return json;
}

std::unique_ptr<Tokenizer> ByteTrainer::finish() {
  std::vector<std::string> roles = specials_;
  std::erase(roles, "unk");
  Vocabulary vocabulary;
  add_special_tokens(vocabulary, roles);
  return std::make_unique<ByteTokenizer>(std::move(vocabulary));
}

}  // namespace seq

// Counting, encoding and decoding of single code points.
#include "text/char_tokenizer.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "text/tokenizer_json.h"

namespace seq {

void CodePointTable::set(int32_t code_point, int32_t id) {
  if (code_point < 128) {
    ascii_[static_cast<size_t>(code_point)] = id;
  } else if (code_point < 0x10000) {
    if (basic_.empty()) basic_.assign(0x10000, missing_);
    basic_[static_cast<size_t>(code_point)] = id;
  } else {
    beyond_[code_point] = id;
  }
}

int32_t CodePointTable::find(int32_t code_point) const {
  const auto index = static_cast<size_t>(code_point);
  if (index < ascii_.size()) return ascii_[index];
  if (index < basic_.size()) return basic_[index];
  const auto found = beyond_.find(code_point);
  return found == beyond_.end() ? missing_ : found->second;
}

CharTokenizer::CharTokenizer(Vocabulary vocabulary) : Tokenizer(std::move(vocabulary)), table_(vocabulary_.unknown) {
  for (int32_t id = 0; id < vocabulary_.size(); ++id) {
    if (vocabulary_.is_special(id)) continue;
    size_t position = 0;
    table_.set(next_code_point(vocabulary_.token(id), position), id);
  }
}

void CharTokenizer::encode(std::string_view text, std::vector<int32_t>& ids) const {
  const size_t before = ids.size();
  ids.resize(before + text.size());  // the most that it can be
  int32_t* out = ids.data() + before;
  int32_t signs = 0;  // negative as soon as one id was
  size_t i = 0;
  while (i < text.size()) {
    while (i + 8 <= text.size() && is_ascii8(text.data() + i)) {
      for (size_t k = 0; k < 8; ++k) signs |= out[k] = table_.ascii(text[i + k]);
      out += 8;
      i += 8;
    }
    const size_t stop = std::min(text.size(), i + 8);
    while (i < stop) {
      const int32_t code_point = next_code_point(text, i);
      signs |= * out++ = table_.find(code_point < 0 ? kReplacementCharacter : code_point);
    }
  }
  ids.resize(static_cast<size_t>(out - ids.data()));
  if (signs < 0) refuse_unknown(text);
}

void CharTokenizer::encode_spans(std::string_view text, std::vector<TokenSpan>& spans, SpecialText) const {
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const int32_t code_point = next_code_point(text, i);
    const int32_t id = table_.find(code_point < 0 ? kReplacementCharacter : code_point);
    if (id == kNoToken) refuse_unknown(text);
    spans.push_back({id, start, i});
  }
}

void CharTokenizer::refuse_unknown(std::string_view text) const {
  for (size_t i = 0; i < text.size();) {
    int32_t code_point = next_code_point(text, i);
    if (code_point < 0) code_point = kReplacementCharacter;
    if (table_.find(code_point) == kNoToken)
      throw UnknownCharacter("the character " + shown_character(code_point) +
                             " is not in the vocabulary, which has no unknown token (add unk to tokenizer.specials)");
  }
  throw std::logic_error("refuse_unknown: every character is known");
}

void CharTokenizer::decode(std::span<const int32_t> ids, std::string& text, bool keep_specials) const {
  for (const int32_t id : ids)
    if (keep_specials || !vocabulary_.is_special(id)) text += vocabulary_.token(id);
}

Json CharTokenizer::to_json() const {
  const std::string_view unknown = vocabulary_.unknown == kNoToken ? kSpecialTokens[0].spelling  // HF wants some string
                                                                   : vocabulary_.token(vocabulary_.unknown);
  Json json = tokenizer_json_frame(vocabulary_);
  json["pre_tokenizer"] = {
      {"type", "Split"}, {"pattern", {{"Regex", kAnyCharacter}}}, {"behavior", "Isolated"}, {"invert", false}};
  json["decoder"] = {{"type", "Fuse"}};
  json["model"] = {{"type", "WordLevel"}, {"vocab", vocabulary_json(vocabulary_)}, {"unk_token", unknown}};
  return json;
}

CharTrainer::CharTrainer(const TokenizerOptions& options) : options_(options), basic_(0x10000) {}

void CharTrainer::add(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    while (i + 8 <= text.size() && is_ascii8(text.data() + i)) {
      for (size_t k = 0; k < 8; ++k) ++ascii_[k % 4][static_cast<unsigned char>(text[i + k])];
      i += 8;
    }
    const size_t stop = std::min(text.size(), i + 8);
    while (i < stop) {
      int32_t code_point = next_code_point(text, i);
      if (code_point < 0) code_point = kReplacementCharacter;
      if (code_point < 0x10000) {
        ++basic_[static_cast<size_t>(code_point)];
      } else {
        ++beyond_[code_point];
      }
    }
  }
}

std::unique_ptr<Tokenizer> CharTrainer::finish() {
  for (auto& row : ascii_)
    for (size_t c = 0; c < row.size(); ++c) basic_[c] += std::exchange(row[c], 0);
  Vocabulary vocabulary;
  add_special_tokens(vocabulary, options_.specials);
  const int32_t special_count = vocabulary.size();
  int64_t rare = 0;
  const auto take = [&](int32_t code_point, uint64_t count) {
    if (count < static_cast<uint64_t>(options_.min_count)) {
      ++rare;
      return;
    }
    std::string token;
    append_utf8(code_point, token);
    vocabulary.add(token);
  };
  for (size_t code_point = 0; code_point < basic_.size(); ++code_point)
    if (basic_[code_point] > 0) take(static_cast<int32_t>(code_point), basic_[code_point]);
  for (const auto& [code_point, count] : beyond_) take(code_point, count);
  if (vocabulary.size() == special_count)
    throw Error(rare == 0
                    ? "there is no text to take the characters from"
                    : fmt::format("tokenizer.min_count: no character occurs {} times (lower it)", options_.min_count));
  if (rare > 0 && vocabulary.unknown == kNoToken)
    throw Error(
        fmt::format("tokenizer.min_count: {} of the characters fall out, with no unknown token to stand for them (add "
                    "unk to tokenizer.specials)",
                    rare));
  return std::make_unique<CharTokenizer>(std::move(vocabulary));
}

}  // namespace seq

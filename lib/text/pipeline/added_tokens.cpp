// Finding added tokens, and the section that lists them.
#include "text/pipeline/added_tokens.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"

namespace seq {
namespace {

bool is_word_at(std::string_view text, size_t at) {
  return at < text.size() && (character_class(take_code_point(text, at)) & kWordCharacter) != 0;
}

bool is_word_before(std::string_view text, size_t end) {
  return end > 0 && (character_class(code_point_before(text, end)) & kWordCharacter) != 0;
}

size_t skip_space_left(std::string_view text, size_t from, size_t least) {
  while (from > least && (character_class(code_point_before(text, from)) & kWhiteSpace) != 0) {
    --from;
    while (from > least && (static_cast<unsigned char>(text[from]) & 0xC0) == 0x80) --from;
  }
  return from;
}

size_t skip_space_right(std::string_view text, size_t from) {
  while (from < text.size()) {
    size_t next = from;
    if ((character_class(take_code_point(text, next)) & kWhiteSpace) == 0) break;
    from = next;
  }
  return from;
}

}  // namespace

TokenFinder::TokenFinder(std::vector<AddedToken> tokens, std::vector<std::string> patterns)
    : tokens_(std::move(tokens)), patterns_(std::move(patterns)) {
  for (size_t i = 0; i < patterns_.size(); ++i)
    if (!patterns_[i].empty()) order_.push_back(i);
  const auto first = [&](size_t i) { return static_cast<unsigned char>(patterns_[i][0]); };
  std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
    return first(a) != first(b) ? first(a) < first(b) : patterns_[a].size() > patterns_[b].size();
  });
  begins_.assign(257, 0);
  for (const size_t i : order_) ++begins_[first(i) + 1U];
  std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  for (const size_t i : order_)
    if (first_bytes_.empty() || first_bytes_.back() != patterns_[i][0]) first_bytes_ += patterns_[i][0];
}

bool TokenFinder::may_occur(std::string_view text) const {
  return std::any_of(first_bytes_.begin(), first_bytes_.end(),
                     [&](char byte) { return text.find(byte) != std::string_view::npos; });
}

/// The token whose spelling stands at `at`, the longest of them; npos when there is none.
size_t TokenFinder::match(std::string_view text, size_t at) const {
  const auto byte = static_cast<unsigned char>(text[at]);
  for (uint32_t k = begins_[byte]; k < begins_[byte + 1U]; ++k)
    if (text.substr(at).starts_with(patterns_[order_[k]])) return order_[k];
  return std::string_view::npos;
}

void TokenFinder::split(std::string_view text, SpecialText special, uint32_t start,
                        std::vector<Segment>& segments) const {
  size_t done = 0;
  const auto add = [&](size_t begin, size_t end, int32_t id) {
    if (begin < end)
      segments.push_back({{start + static_cast<uint32_t>(begin), start + static_cast<uint32_t>(end)}, id});
  };
  if (!empty() && may_occur(text)) {
    for (size_t at = 0; at < text.size();) {
      const size_t found = match(text, at);
      if (found == std::string_view::npos) {
        ++at;
        continue;
      }
      const AddedToken& token = tokens_[found];
      size_t begin = at, end = at + patterns_[found].size();
      at = end;
      if (special == SpecialText::text && token.special) continue;
      if (token.single_word && (is_word_before(text, begin) || is_word_at(text, end))) continue;
      if (token.lstrip) begin = skip_space_left(text, begin, std::min(done, begin));
      begin = std::max(begin, done);
      if (token.rstrip) end = skip_space_right(text, end);
      add(done, begin, kNoToken);
      add(begin, end, token.id);
      done = end;
    }
  }
  add(done, text.size(), kNoToken);
}

std::vector<AddedToken> added_tokens_from_json(const Json& json, Vocabulary& vocabulary, const std::string& name) {
  std::vector<AddedToken> tokens;
  if (json.is_null()) return tokens;
  if (!json.is_array()) throw Error(name + ": added_tokens: not a list");
  for (size_t i = 0; i < json.size(); ++i) {
    const std::string place = name + ": added_tokens[" + std::to_string(i) + "]";
    const Json& entry = json[i];
    AddedToken token;
    token.content = require_text(entry, "content", place);
    if (token.content.empty()) throw Error(place + ".content: empty");
    token.id = static_cast<int32_t>(read_number(entry, "id", -1, -1, INT32_MAX, place));
    token.single_word = read_flag(entry, "single_word", false, place);
    token.lstrip = read_flag(entry, "lstrip", false, place);
    token.rstrip = read_flag(entry, "rstrip", false, place);
    token.special = read_flag(entry, "special", false, place);
    token.normalised = read_flag(entry, "normalized", !token.special, place);
    const int32_t expected = vocabulary.add(token.content);
    if (token.id != expected)
      throw Error(place + ".id: " + (token.id < 0 ? "missing" : std::to_string(token.id)) + ", expected " +
                  std::to_string(expected) + " (its id in model.vocab, or the next free one)");
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Json added_tokens_json(const std::vector<AddedToken>& tokens) {
  Json list = Json::array();
  for (const AddedToken& token : tokens)
    list.push_back({{"id", token.id},
                    {"content", token.content},
                    {"single_word", token.single_word},
                    {"lstrip", token.lstrip},
                    {"rstrip", token.rstrip},
                    {"normalized", token.normalised},
                    {"special", token.special}});
  return list;
}

}  // namespace seq

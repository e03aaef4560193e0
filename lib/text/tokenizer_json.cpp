// Vocabularies and special tokens in the format of HF tokenizers.
#include "text/tokenizer_json.h"

#include <algorithm>

#include "base/error.h"
#include "text/tokenizer_file.h"
#include "text/utf8.h"

namespace seq {
namespace {

/// An id at some key: a whole number below the size of the vocabulary.
int32_t id_from_json(const Json& value, size_t size, const std::string& place) {
  if (value.is_number_unsigned() && value.get<uint64_t>() < size) return static_cast<int32_t>(value.get<uint64_t>());
  throw Error(place + ": " + shown(value) + " is not an id below the number of tokens, " + std::to_string(size));
}

void assign_role(Vocabulary& vocabulary, const std::string& spelling, int32_t id, const std::string& place) {
  for (const SpecialToken& special : kSpecialTokens) {
    if (spelling != special.spelling) continue;
    vocabulary.*special.id = id;
    return;
  }
  throw Error(place + ": the special token " + shown(spelling) + " is unknown (known: <unk>, <pad>, <s>, </s>, <sep>)");
}

void read_added_tokens(Vocabulary& vocabulary, const Json& added, const std::string& name) {
  if (added.is_null()) return;
  if (!added.is_array()) throw Error(name + ": added_tokens: not a list");
  for (size_t i = 0; i < added.size(); ++i) {
    const std::string place = name + ": added_tokens[" + std::to_string(i) + "]";
    const Json& content = member(added[i], "content");
    if (!content.is_string()) throw Error(place + ".content: not a string");
    const std::string spelling = content.get<std::string>();
    const int32_t id = id_from_json(member(added[i], "id"), static_cast<size_t>(vocabulary.size()), place + ".id");
    if (vocabulary.token(id) != spelling)
      throw Error(place + ": " + shown(spelling) + " has the id of " + shown(vocabulary.token(id)) + " in model.vocab");
    if (member(added[i], "special") != Json(true))
      throw Error(place + ": " + shown(spelling) + " is an added token but not special, which is not supported");
    if (id != vocabulary.unknown) assign_role(vocabulary, spelling, id, place);
  }
}

}  // namespace

const std::array<std::string, 256>& byte_alphabet() {
  static const auto kAlphabet = [] {
    std::array<std::string, 256> alphabet;
    int32_t next = 256;  // bytes that do not show take the code points from U+0100 on
    for (int32_t byte = 0; byte < 256; ++byte) {
      const bool shows = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      append_utf8(shows ? byte : next++, alphabet[static_cast<size_t>(byte)]);
    }
    return alphabet;
  }();
  return kAlphabet;
}

Json tokenizer_json_frame(const Vocabulary& vocabulary) {
  Json added = Json::array();
  for (int32_t id = 0; id < vocabulary.size(); ++id)
    if (vocabulary.is_special(id))
      added.push_back({{"id", id},
                       {"content", vocabulary.token(id)},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", true}});
  return {{"version", "1.0"},          {"truncation", nullptr}, {"padding", nullptr},
          {"added_tokens", added},     {"normalizer", nullptr}, {"pre_tokenizer", nullptr},
          {"post_processor", nullptr}, {"decoder", nullptr},    {"model", nullptr}};
}

Json vocabulary_json(const Vocabulary& vocabulary) {
  Json json = Json::object();
  auto& object = json.get_ref<Json::object_t&>();  // appended to, since operator[] searches through all keys
  object.reserve(static_cast<size_t>(vocabulary.size()));
  for (int32_t id = 0; id < vocabulary.size(); ++id) object.emplace_back(vocabulary.token(id), Json(id));
  return json;
}

Vocabulary vocabulary_from_file(const TokenizerFile& file) {
  Vocabulary vocabulary = file.vocabulary;
  const Json& unknown = member(file.model, "unk_token");
  if (unknown.is_string()) vocabulary.unknown = vocabulary.find(unknown.get<std::string>());
  read_added_tokens(vocabulary, member(file.head, "added_tokens"), file.name);
  return vocabulary;
}

const Json& member(const Json& json, const char* key) {
  static const Json kNull;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found == json.end() ? kNull : *found;
}

std::string require_text(const Json& json, const char* key, const std::string& place) {
  const Json& value = member(json, key);
  if (!value.is_string()) throw Error(place + "." + key + ": " + (value.is_null() ? "missing" : "not a string"));
  return value.get<std::string>();
}

bool read_flag(const Json& json, const char* key, bool fallback, const std::string& place) {
  const Json& value = member(json, key);
  if (value.is_null()) return fallback;
  if (!value.is_boolean()) throw Error(place + "." + key + ": not true or false");
  return value.get<bool>();
}

int64_t read_number(const Json& json, const char* key, int64_t fallback, int64_t least, int64_t most,
                    const std::string& place) {
  const Json& value = member(json, key);
  if (value.is_null()) return fallback;
  if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) ||
      value.get<int64_t>() < least || value.get<int64_t>() > most)
    throw Error(place + "." + key + ": not a whole number from " + std::to_string(least) + " to " +
                std::to_string(most));
  return value.get<int64_t>();
}

}  // namespace seq

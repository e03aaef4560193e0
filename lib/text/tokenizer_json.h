// The parts of tokenizer.json (the format of HF tokenizers) that the kinds of tokenizer share.
#pragma once

#include <array>
#include <string>

#include "base/json.h"
#include "text/vocabulary.h"

namespace seq {

/// The pattern that cuts a text into single characters; Oniguruma, which HF uses, has no `(?s:.)`.
inline constexpr const char* kAnyCharacter = "[\\s\\S]";

/// How GPT-2 spells each byte by a character that shows.
const std::array<std::string, 256>& byte_alphabet();

/// The keys of the file in HF's order, with the special tokens; pre_tokenizer, decoder and model are to be filled in.
Json tokenizer_json_frame(const Vocabulary& vocabulary);

/// `{"<unk>": 0, "a": 1, …}` in the order of the ids.
Json vocabulary_json(const Vocabulary& vocabulary);

/// The vocabulary of `char` and `byte` files with the roles of its special tokens. Throws Error with the file's name
/// and the key for added tokens that we do not know.
Vocabulary vocabulary_from_file(const struct TokenizerFile& file);

/// The member of a JSON object, null when it is absent or `json` is no object.
const Json& member(const Json& json, const char* key);

/// A string at a key of the object at `place`. Throws Error(`<place>.<key>: …`) when it is none.
std::string require_text(const Json& json, const char* key, const std::string& place);
/// True or false at a key, `fallback` when it is absent or null. Throws Error when it is something else.
bool read_flag(const Json& json, const char* key, bool fallback, const std::string& place);
/// A whole number from `least` to `most` at a key, `fallback` when it is absent or null.
int64_t read_number(const Json& json, const char* key, int64_t fallback, int64_t least, int64_t most,
                    const std::string& place);

}  // namespace seq

// The kinds of tokenizer and their file.
#include "text/tokenizer.h"

#include <rapidcheck.h>

#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "data.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::find_data;
using seq::test::TemporaryFolder;

namespace {

std::unique_ptr<Tokenizer> trained(const TokenizerOptions& options, const std::string& text) {
  auto trainer = make_tokenizer_trainer(options);
  trainer->add(text);
  return trainer->finish();
}

std::unique_ptr<Tokenizer> char_tokenizer(const std::string& text, std::vector<std::string> specials = {"unk"},
                                          int64_t min_count = 1) {
  TokenizerOptions options;
  options.specials = std::move(specials);
  options.min_count = min_count;
  return trained(options, text);
}

std::unique_ptr<Tokenizer> byte_tokenizer(std::vector<std::string> specials = {}) {
  TokenizerOptions options;
  options.type = "byte";
  options.specials = std::move(specials);
  return trained(options, "");
}

std::vector<int32_t> encode(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> ids;
  tokenizer.encode(text, ids);
  return ids;
}

std::string decode(const Tokenizer& tokenizer, const std::vector<int32_t>& ids, bool keep_specials = false) {
  std::string text;
  tokenizer.decode(ids, text, keep_specials);
  return text;
}

std::string round_trip(const Tokenizer& tokenizer, const std::string& text) {
  return decode(tokenizer, encode(tokenizer, text));
}

rc::Gen<std::string> unicode_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<int32_t>>(rc::gen::oneOf(rc::gen::inRange(0, 0x80), rc::gen::inRange(0x80, 0xD800),
                                                              rc::gen::inRange(0xE000, kCodePoints))),
      [](const std::vector<int32_t>& code_points) {
        std::string text;
        for (const int32_t code_point : code_points) append_utf8(code_point, text);
        return text;
      });
}

std::string refusal(const std::string& json) {
  try {
    tokenizer_from_text(json, "t.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// A char tokenizer.json with this vocabulary and these added tokens.
std::string char_json(const std::string& vocab, const std::string& added = "[]") {
  return R"({"added_tokens": )" + added + R"(, "normalizer": null, "pre_tokenizer": {"type": "Split",
    "pattern": {"Regex": "[\\s\\S]"}, "behavior": "Isolated", "invert": false},
    "model": {"type": "WordLevel", "unk_token": "<unk>", "vocab": )" +
         vocab + "}}";
}

}  // namespace

TEST_CASE("characters stand after the special tokens, by code point") {
  const auto tokenizer = char_tokenizer("b\u65e5a\n\U0001F600b\u00e9", {"eos", "unk"});
  const std::vector<std::string> expected = {"<unk>", "</s>", "\n", "a", "b", "\u00e9", "\u65e5", "\U0001F600"};
  REQUIRE(tokenizer->vocabulary().size() == 8);
  for (int32_t id = 0; id < 8; ++id) REQUIRE(tokenizer->vocabulary().token(id) == expected[static_cast<size_t>(id)]);
  REQUIRE(tokenizer->vocabulary().unknown == 0);
  REQUIRE(tokenizer->vocabulary().end == 1);
  REQUIRE(tokenizer->vocabulary().begin == kNoToken);
}

TEST_CASE("the vocabulary does not depend on how the text is cut into blocks") {
  const std::string text = "the quick brown fox jumps over the lazy dog \u00e9\u00e8 \u65e5\u672c, again and again";
  auto trainer = make_tokenizer_trainer({});
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    next_code_point(text, i);
    trainer->add(std::string_view(text).substr(start, i - start));
  }
  REQUIRE(trainer->finish()->to_json() == char_tokenizer(text)->to_json());
}

TEST_CASE("rare characters are left out and become unknown") {
  const auto tokenizer = char_tokenizer("aaabbc", {"unk"}, 2);
  REQUIRE(encode(*tokenizer, "abcd") == std::vector<int32_t>{1, 2, 0, 0});
  REQUIRE(decode(*tokenizer, {1, 0, 2}) == "ab");
  REQUIRE(decode(*tokenizer, {1, 0, 2}, true) == "a<unk>b");
  REQUIRE_THROWS_WITH(char_tokenizer("aaabbc", {}, 2), Contains("tokenizer.min_count: 1 of the characters fall out"));
  REQUIRE_THROWS_WITH(char_tokenizer("abc", {"unk"}, 2), Contains("no character occurs 2 times"));
  REQUIRE_THROWS_WITH(char_tokenizer(""), Contains("no text"));
}

TEST_CASE("without an unknown token a strange character is refused by name") {
  const auto tokenizer = char_tokenizer("abc", {});
  const std::string expected =
      "the character \"\u00e9\" (U+00E9) is not in the vocabulary, which has no unknown token "
      "(add unk to tokenizer.specials)";
  REQUIRE_THROWS_WITH(encode(*tokenizer, "abcabcab\u00e9"), expected);
  std::vector<TokenSpan> spans;
  REQUIRE_THROWS_WITH(tokenizer->encode_spans("\u00e9", spans), expected);
  REQUIRE_THROWS_WITH(encode(*tokenizer, "abcabcabcabcabcaz"), Contains("\"z\" (U+007A)"));
}

TEST_CASE("the spelling of a special token in a text is text") {
  const auto characters = char_tokenizer("<unk>");
  REQUIRE(round_trip(*characters, "<unk>") == "<unk>");
  REQUIRE(encode(*characters, "<unk>").size() == 5);
  REQUIRE(round_trip(*byte_tokenizer({"eos"}), "</s>") == "</s>");
}

TEST_CASE("bytes have ids in their order, after the special tokens") {
  const auto plain = byte_tokenizer();
  REQUIRE(plain->vocabulary().size() == 256);
  REQUIRE(encode(*plain, std::string("A\xff\0", 3)) == std::vector<int32_t>{65, 255, 0});
  const auto special = byte_tokenizer({"unk", "bos", "eos"});  // unk is left out
  REQUIRE(special->vocabulary().size() == 258);
  REQUIRE(special->vocabulary().begin == 0);
  REQUIRE(encode(*special, "A") == std::vector<int32_t>{67});
  REQUIRE(decode(*special, {0, 67, 1}) == "A");
  REQUIRE(decode(*special, {0, 67, 1}, true) == "<s>A</s>");
}

TEST_CASE("spans cover the text") {
  const auto characters = char_tokenizer("a\u00e9\U0001F600");
  std::vector<TokenSpan> spans;
  characters->encode_spans("\u00e9a\U0001F600?", spans);
  REQUIRE(spans.size() == 4);
  REQUIRE(spans[0].end == 2);
  REQUIRE(spans[2].begin == 3);
  REQUIRE(spans[2].end == 7);
  REQUIRE(spans[3].id == 0);
}

TEST_CASE("any bytes survive the byte tokenizer") {
  REQUIRE(rc::check([](const std::string& bytes) {
    static const auto tokenizer = byte_tokenizer({"eos"});
    RC_ASSERT(round_trip(*tokenizer, bytes) == bytes);
  }));
}

TEST_CASE("any text survives the char tokenizer that was trained on it, and its file") {
  REQUIRE(rc::check([] {
    const std::string text = *rc::gen::suchThat(unicode_text(), [](const std::string& t) { return !t.empty(); });
    const auto tokenizer = char_tokenizer(text);
    const auto ids = encode(*tokenizer, text);
    RC_ASSERT(decode(*tokenizer, ids) == text);
    const auto again = tokenizer_from_text(tokenizer->to_json().dump(), "t.json");
    RC_ASSERT(encode(*again, text) == ids);
    std::vector<TokenSpan> spans;
    again->encode_spans(text, spans);
    RC_ASSERT(spans.size() == ids.size());
    for (size_t i = 0; i < ids.size(); ++i) RC_ASSERT(spans[i].id == ids[i]);
  }));
}

TEST_CASE("a tokenizer reads back from its file") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "tokenizer.json";
  for (const auto& tokenizer : {char_tokenizer("a\"\\\n\t\u00e9", {"unk", "pad", "bos", "eos", "sep"}),
                                char_tokenizer("abc", {}), byte_tokenizer(), byte_tokenizer({"pad", "sep"})}) {
    save_tokenizer(*tokenizer, path);
    const auto again = load_tokenizer(path);
    REQUIRE(again->to_json() == tokenizer->to_json());
    REQUIRE(again->type() == tokenizer->type());
    for (const SpecialToken& special : kSpecialTokens)
      REQUIRE(again->vocabulary().*special.id == tokenizer->vocabulary().*special.id);
  }
}

TEST_CASE("a damaged or strange tokenizer.json is refused by key") {
  REQUIRE(refusal(char_json(R"({"<unk>": 0, "a": 1})")) == "");
  REQUIRE(refusal("[]") == "t.json: not a tokenizer: the key model is missing");
  REQUIRE(refusal(R"({"model": {"type": "Unigram"}})") == "t.json: model.vocab: not an object of tokens and their ids");
  REQUIRE_THAT(refusal(R"({"model": {}, "normalizer": {"type": "NFC"}})"), Contains("t.json: model.vocab"));
  REQUIRE_THAT(refusal(char_json("3")), Contains("t.json: model.vocab: not an object"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0, "b": 0})")), Contains("model.vocab: \"a\" and \"b\" have the same id"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0, "b": 2})")), Contains("model.vocab.\"b\": 2 is not an id below"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0, "b": -1})")), Contains("model.vocab.\"b\": -1 is not an id"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0, "ab": 1})")), Contains("the token with id 1 is not one character"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0, "": 1})")), Contains("the token with id 1 is not one character"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0})", R"([{"id": 0, "content": "b", "special": true}])")),
               Contains("added_tokens[0]: \"b\" has the id of \"a\""));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0})", R"([{"id": 0, "content": "a"}])")), Contains("not special"));
  REQUIRE_THAT(refusal(char_json(R"({"<m>": 0})", R"([{"id": 0, "content": "<m>", "special": true}])")),
               Contains("the special token \"<m>\" is unknown"));
  REQUIRE_THAT(refusal(char_json(R"({"a": 0})", "[3]")), Contains("added_tokens[0].content"));
}

TEST_CASE("byte tokenizers with other tokens are refused") {
  Json json = byte_tokenizer({"eos"})->to_json();
  json["model"]["vocab"]["A"] = 67;
  json["model"]["vocab"]["B"] = 66;
  REQUIRE_THAT(refusal(json.dump()), Contains("model.vocab: not the special tokens and then the 256 bytes"));
  json = byte_tokenizer()->to_json();
  json["model"]["unk_token"] = "A";
  REQUIRE_THAT(refusal(json.dump()), Contains("model.vocab: not the special tokens and then the 256 bytes"));
  json["model"]["merges"] = {"A B"};
  REQUIRE_THAT(refusal(json.dump()), Contains("model.merges[0]"));
}

TEST_CASE("an unknown type is refused") {
  TokenizerOptions options;
  options.type = "chr";
  REQUIRE_THROWS_WITH(make_tokenizer_trainer(options), Contains("tokenizer.type: \"chr\" is unknown"));
}

TEST_CASE("tiny Shakespeare has 65 characters") {
  const auto path = find_data("tinyshakespeare/input.txt");
  if (!path) return;
  const std::string text = read_file(*path);
  const auto tokenizer = char_tokenizer(text, {});
  REQUIRE(tokenizer->vocabulary().size() == 65);
  const auto ids = encode(*tokenizer, text);
  REQUIRE(ids.size() == 1115394);
  REQUIRE(decode(*tokenizer, ids) == text);
}

TEST_CASE("hundreds of languages survive a round trip") {
  const auto path = find_data("udhr");
  if (!path) return;
  const auto bytes = byte_tokenizer();
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*path)) {
    if (entry.path().extension() != ".txt") continue;
    const std::string text = read_file(entry.path());
    INFO(entry.path());
    REQUIRE(round_trip(*char_tokenizer(text), text) == text);
    REQUIRE(round_trip(*bytes, text) == text);
    ++count;
  }
  REQUIRE(count >= 300);
}

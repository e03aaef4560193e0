// Normalisers, pre-tokenizers and whole pipelines; that cutting a text and remembering words changes nothing.
#include <rapidcheck.h>

#include <cstdlib>

#include "base/error.h"
#include "base/random.h"
#include "test.h"
#include "text/pipeline/front.h"
#include "text/pipeline/pipeline_tokenizer.h"
#include "text/pre_tokenise/gpt2.h"
#include "text/regex.h"
#include "text/tokenizer.h"
#include "text/tokenizer_json.h"

using namespace seq;
using Catch::Contains;

namespace {

std::vector<std::string> words_of(const Front& front, const std::string& text) {
  Words words;
  front.split(text, words);
  std::vector<std::string> out;
  for (const Range range : words.ranges) out.emplace_back(words.word(range));
  return out;
}

Front front(const std::vector<std::string>& normalise, const std::vector<std::string>& pre_tokenise) {
  return Front::from_json(normaliser_json(normalise), pre_tokenizer_json(pre_tokenise), "test");
}

AlignedText normalised(const std::vector<std::string>& names, const std::string& text) {
  AlignedText out(text, Tracking::on);
  normaliser_from_json(normaliser_json(names), "test")->apply(out);
  return out;
}

/// A WordLevel tokenizer.json over these words with a section or two of its own.
std::string word_json(const std::vector<std::string>& words, const std::string& sections) {
  Json vocab = Json::object();
  for (const std::string& word : words) vocab[word] = vocab.size();
  return R"({"version": "1.0", )" + sections + R"("model": {"type": "WordLevel", "unk_token": "UNK", "vocab": )" +
         vocab.dump() + "}}";
}

/// A byte-level BPE with a few merges.
std::unique_ptr<Tokenizer> byte_bpe() {
  Json vocab = Json::object(), merges = Json::array();
  for (const std::string& byte : byte_alphabet()) vocab[byte] = vocab.size();
  for (const auto& [left, right] : {std::pair{"t", "h"}, {"th", "e"}, {"Ġ", "the"}, {"e", "r"}, {"Ġ", "Ġ"}}) {
    vocab[std::string(left) + right] = vocab.size();
    merges.push_back(std::string(left) + " " + right);
  }
  const Json level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}};
  const Json json = {
      {"pre_tokenizer", level}, {"decoder", level}, {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}}}};
  return tokenizer_from_text(json.dump(), "bytes.json");
}

std::string refusal(const std::string& json) {
  try {
    tokenizer_from_text(json, "t.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

rc::Gen<std::string> odd_text() {
  static const std::vector<std::string> kParts = {
      " ",      " ",      "\t",         "\n",    "a",      "the",     "Z",      "1",      "'s",
      ".",      "'",      "<",          "-",     "\u00e9", "e\u0301", "\u65e5", "\u00a0", "\u3000",
      "\u200b", "\u0301", "\U0001F600", "br />", "\u0130", "\ufb01",  "_"};
  return rc::gen::map(rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, kParts.size())),
                      [](const std::vector<size_t>& chosen) {
                        std::string text;
                        for (const size_t i : chosen) text += kParts[i];
                        return text;
                      });
}

}  // namespace

TEST_CASE("basic English is torchtext's") {
  const Front english = front({"basic_english"}, {"basic_english"});
  REQUIRE(words_of(english, "I bought a product called FD543C.") ==
          std::vector<std::string>{"i", "bought", "a", "product", "called", "fd543c", "."});
  REQUIRE(words_of(english, "\"Don't\" (stop);now: a<br />b!?") ==
          std::vector<std::string>{"don", "'", "t", "(", "stop", ")", "now", "a", "b", "!", "?"});
}

TEST_CASE("special tokens, unknown words and padding as in the example") {
  const std::string sections = R"("padding": {"strategy": {"Fixed": 10}, "direction": "Right", "pad_id": 1,
      "pad_type_id": 0, "pad_token": "PAD"}, "pre_tokenizer": {"type": "WhitespaceSplit"},
      "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "BOS", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                   {"SpecialToken": {"id": "EOS", "type_id": 0}}],
        "pair": [{"SpecialToken": {"id": "BOS", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                 {"SpecialToken": {"id": "SEP", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
                 {"SpecialToken": {"id": "EOS", "type_id": 1}}],
        "special_tokens": {"BOS": {"id": "BOS", "ids": [2], "tokens": ["BOS"]},
                           "EOS": {"id": "EOS", "ids": [3], "tokens": ["EOS"]},
                           "SEP": {"id": "SEP", "ids": [4], "tokens": ["SEP"]}}}, )";
  const auto tokenizer = tokenizer_from_text(
      word_json({"UNK", "PAD", "BOS", "EOS", "SEP", "I", "bought", "a", "product", "called"}, sections), "t.json");
  std::vector<int32_t> ids, second = {7};
  tokenizer->encode("I bought a product called FD543C", ids);
  REQUIRE(tokenizer->framing().frame(ids, static_cast<std::vector<int32_t>*>(nullptr), true) ==
          std::vector<int32_t>{2, 5, 6, 7, 8, 9, 0, 3, 1, 1});
  ids.resize(2);
  REQUIRE(tokenizer->framing().frame(ids, &second, true) == std::vector<int32_t>{2, 5, 6, 4, 7, 3, 1, 1, 1, 1});
}

TEST_CASE("a template leaves the separator of a pair out for a single text") {
  Vocabulary vocabulary;
  for (const char* token : {"<s>", "</s>", "<sep>", "a"}) vocabulary.add(token);
  Framing framing;
  framing.set_template("<s> $A <sep> $B </s>", vocabulary);
  std::vector<int32_t> b = {3};
  REQUIRE(framing.frame<int32_t>({3, 3}, nullptr, true) == std::vector<int32_t>{0, 3, 3, 1});
  REQUIRE(framing.frame<int32_t>({3, 3}, &b, true) == std::vector<int32_t>{0, 3, 3, 2, 3, 1});
  REQUIRE(framing.frame<int32_t>({3, 3}, &b, false) == std::vector<int32_t>{3, 3, 3});
  REQUIRE_THROWS_WITH(framing.set_template("<x> $A", vocabulary), Contains("\"<x>\" is not in the vocabulary"));
  REQUIRE_THROWS_WITH(framing.set_template("<s>", vocabulary), Contains("$A is missing"));
}

TEST_CASE("what replaces has the origin of what it replaces") {
  const AlignedText composed = normalised({"nfc"}, "e\u0301a");
  REQUIRE(composed.text == "\u00e9a");
  REQUIRE(composed.origins == std::vector<Range>{{0, 1}, {0, 1}, {3, 4}});
  const AlignedText parts = normalised({"nfkd"}, "\ufb01");
  REQUIRE(parts.text == "fi");
  REQUIRE(parts.origins == std::vector<Range>{{0, 3}, {0, 3}});
  const AlignedText lower = normalised({"lowercase"}, "\u0130\u03a3");
  REQUIRE(lower.text == "i\u0307\u03c3");  // no final sigma: each character for itself
  REQUIRE(normalised({"casefold"}, "Stra\u00dfe").text == "strasse");
  REQUIRE(normalised({"collapse", "strip"}, "  a \t b ").text == "a b");
  REQUIRE(normalised({"strip_accents"}, "\u00e9\u00e0").text == "ea");
  REQUIRE(normalised({"colour=color"}, "colour, colours").text == "color, colors");
}

TEST_CASE("with and without origins the text is the same") {
  REQUIRE(rc::check("for every normaliser", [] {
    const std::string text = *odd_text();
    for (const char* name : {"nfc", "nfd", "nfkc", "nfkd", "lowercase", "casefold", "strip_accents", "collapse",
                             "strip", "bert", "basic_english"}) {
      const auto normaliser = normaliser_from_json(normaliser_json({name}), "test");
      AlignedText plain(text, Tracking::off), tracked(text, Tracking::on);
      normaliser->apply(plain);
      normaliser->apply(tracked);
      RC_ASSERT(plain.text == tracked.text);
      RC_ASSERT(tracked.origins.size() == tracked.text.size());
      for (const Range origin : tracked.origins) RC_ASSERT(origin.begin <= origin.end && origin.end <= text.size());
    }
  }));
}

TEST_CASE("GPT-2's words are those of its regular expression") {
  const Regex expression("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", "test");
  REQUIRE(rc::check("on any text", [&] {
    const std::string text = *odd_text();
    std::vector<size_t> expected, found;
    expression.find_all(text, [&](size_t, size_t end) { expected.push_back(end); });
    for (size_t at = 0; at < text.size();) found.push_back(at = gpt2_match(text, at));
    RC_ASSERT(found == expected);
  }));
}

TEST_CASE("Unicode's words, and the characters of Chinese one by one") {
  REQUIRE(words_of(front({}, {"uax29"}), "Can't stop: 3.14 na\u00efve\u2026") ==
          std::vector<std::string>{"Can't", "stop", ":", "3.14", "na\u00efve", "\u2026"});
  REQUIRE(words_of(front({}, {"cjk"}), "ab\u65e5\u672ccd") == std::vector<std::string>{"ab", "\u65e5", "\u672c", "cd"});
  REQUIRE(words_of(front({}, {"metaspace"}), "a  b") == std::vector<std::string>{"\u2581"
                                                                                 "a",
                                                                                 "\u2581",
                                                                                 "\u2581"
                                                                                 "b"});
}

TEST_CASE("a text cut where the pipeline allows it has the words of the whole") {
  const std::vector<std::vector<std::string>> kNormalisers = {
      {}, {"nfkc"}, {"bert"}, {"strip_accents"}, {"collapse"}, {"lowercase", "-=_"}};
  REQUIRE(rc::check("for every pre-tokenizer", [&] {
    const std::string text = *odd_text();
    for (const auto& normaliser : kNormalisers)
      for (const char* cut :
           {"whitespace", "whitespace_split", "basic_english", "uax29", "bert", "gpt2", "metaspace"}) {
        std::vector<std::string> changes = normaliser;
        if (cut == std::string("basic_english")) changes.push_back("basic_english");
        const Front steps = front(changes, {cut});
        std::vector<std::string> parts;
        Words words;
        for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
          end = next_cut(text, begin, steps.locality());
          steps.split(std::string_view(text).substr(begin, end - begin), words,
                      begin == 0 ? Place::start : Place::inside);
          for (const Range range : words.ranges) parts.emplace_back(words.word(range));
        }
        RC_ASSERT(parts == words_of(steps, text));
      }
  }));
}

TEST_CASE("arbitrary bytes come back from byte-level BPE, with and without remembered words") {
  const auto tokenizer = byte_bpe();
  const auto encoder = tokenizer->encoder();
  REQUIRE(rc::check("whatever they are", [&] {
    const std::string bytes = *rc::gen::oneOf(rc::gen::container<std::string>(rc::gen::arbitrary<char>()), odd_text());
    std::vector<int32_t> ids, remembered;
    tokenizer->encode(bytes, ids);
    encoder->encode(bytes, remembered);
    RC_ASSERT(ids == remembered);
    std::string text;
    tokenizer->decode(ids, text);
    RC_ASSERT(text == bytes);
  }));
}

TEST_CASE("hundreds of thousands of byte strings come back from byte-level BPE", "[round_trip]") {
  const auto tokenizer = byte_bpe();
  const auto encoder = tokenizer->encoder();
  const char* const asked = std::getenv("SEQTOOL_ROUND_TRIPS");  // millions, in the slow run of this test
  const int64_t count = asked != nullptr ? std::stoll(asked) : 200000;
  Random random(7);
  std::string bytes, text;
  std::vector<int32_t> ids;
  int64_t failed = 0;
  constexpr std::string_view kOften(" theTr's\n1.\0", 12);  // what the pattern of words tells apart
  for (int64_t i = 0; i < count; ++i) {
    bytes.clear();
    const uint64_t kind = random.below(3), length = random.below(24);
    while (bytes.size() < length) {
      if (kind == 0) bytes += static_cast<char>(random.below(256));
      if (kind == 1) bytes += kOften[random.below(kOften.size())];
      if (kind == 2) append_utf8(static_cast<int32_t>(random.below(random.below(2) == 0 ? 0x500 : 0xD800)), bytes);
    }
    if (kind == 2) bytes.resize(length);  // through the middle of a character
    ids.clear();
    text.clear();
    encoder->encode(bytes, ids);
    tokenizer->decode(ids, text);
    failed += text != bytes ? 1 : 0;
    if (text != bytes && failed < 5) UNSCOPED_INFO(Json(bytes).dump(-1, ' ', true, Json::error_handler_t::replace));
  }
  REQUIRE(failed == 0);
}

TEST_CASE("what a tokenizer decodes piece by piece is what it decodes at once") {
  const std::string level = R"("pre_tokenizer": {"type": "Metaspace"}, "decoder": {"type": "Metaspace"}, )";
  const auto tokenizer = tokenizer_from_text(word_json({"UNK",
                                                        "\u2581"
                                                        "a",
                                                        "\u2581"
                                                        "b"},
                                                       level),
                                             "t.json");
  std::string text;
  const std::vector<int32_t> ids = {1, 2, 1};
  for (size_t i = 0; i < ids.size(); ++i)
    tokenizer->decode_more(std::span(ids).first(i), std::span(ids).subspan(i, 1), text);
  REQUIRE(text == "a b a");
}

TEST_CASE("a file with what we lack is refused by its key") {
  const auto with = [](const std::string& sections) { return refusal(word_json({"UNK"}, sections)); };
  REQUIRE_THAT(with(R"("normalizer": {"type": "Precompiled", "precompiled_charsmap": ""}, )"),
               Contains("t.json: normalizer.type: Precompiled is not supported"));
  REQUIRE_THAT(with(R"("pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "UnicodeScripts"}]}, )"),
               Contains("pre_tokenizer.pretokenizers[0].type: UnicodeScripts is not supported"));
  REQUIRE_THAT(with(R"("decoder": {"type": "CTC"}, )"), Contains("decoder.type: CTC"));
  REQUIRE_THAT(with(R"("post_processor": {"type": "X"}, )"), Contains("post_processor.type: X"));
  REQUIRE_THAT(with(R"("added_tokens": [{"id": 7, "content": "<x>", "special": true}], )"),
               Contains("added_tokens[0].id: 7, expected 1"));
  REQUIRE_THAT(with(R"("version": "2.0", )"), Contains("version"));
  REQUIRE_THAT(with(R"("pre_tokenizer": {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"}, )"),
               Contains("pre_tokenizer.pattern: not a regular expression"));
  REQUIRE_THAT(refusal(R"({"model": {"type": "Other", "vocab": {"a": 0}}})"), Contains("model.type: Other"));
  REQUIRE_THAT(refusal(R"({"model": {"vocab": {"a": 0, "a": 1}}})"), Contains("duplicate key"));
  REQUIRE_THAT(refusal(R"({"model": {"vocab": {"a": 99999999999999999999}}})"), Contains("is not an id"));
  REQUIRE_THAT(refusal(R"({"model": {"type": "Unigram", "unk_id": 5, "vocab": [["a", 0.0]]}})"), Contains("unk_id"));
  REQUIRE_THAT(refusal(R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}})"), Contains("merges[0]"));
  REQUIRE_THAT(refusal(R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}})"), Contains("merges[0]"));
  REQUIRE_THAT(refusal(std::string(100000, '[')), Contains("t.json"));
}

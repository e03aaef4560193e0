// SentencePiece models made by hand. Those that SentencePiece trained: tests/cli/sentencepiece_test.py.
#include "text/sentencepiece/sentencepiece.h"

#include <rapidcheck.h>

#include <protozero/pbf_writer.hpp>

#include "base/error.h"
#include "test.h"

using namespace seq;
using Catch::Contains;

namespace {

struct PieceOf {
  std::string text;
  float score;
  int type = 1;
};

constexpr int kUnigram = 1, kBpe = 2;

struct ModelOf {
  int kind = kUnigram;
  std::vector<PieceOf> pieces;
  bool byte_fallback = false;
  std::string charsmap;
  bool dummy_prefix = true;

  std::string bytes() const {
    std::string bytes;
    protozero::pbf_writer model(bytes);
    for (const PieceOf& piece : pieces) {
      protozero::pbf_writer message(model, 1);
      message.add_string(1, piece.text);
      message.add_float(2, piece.score);
      message.add_enum(3, piece.type);
    }
    {
      protozero::pbf_writer trainer(model, 2);
      trainer.add_enum(3, kind);
      trainer.add_bool(35, byte_fallback);
    }
    protozero::pbf_writer normaliser(model, 3);
    normaliser.add_bytes(2, charsmap);
    normaliser.add_bool(3, dummy_prefix);
    return bytes;
  }
  SentencePieceTokenizer tokenizer() const { return {bytes(), "x.model"}; }
};

const std::vector<PieceOf> kPieces = {{"<unk>", 0, 2}, {"<s>", 0, 3},  {"</s>", 0, 3}, {"\u2581", -3},
                                      {"a", -2},       {"b", -2.5},    {"ab", -3},     {"\u2581ab", -2.2F},
                                      {"<sep>", 0, 4}, {"\u2581a", -4}};

std::vector<std::string> tokens(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> ids;
  tokenizer.encode(text, ids);
  std::vector<std::string> tokens;
  for (const int32_t id : ids) tokens.emplace_back(tokenizer.vocabulary().token(id));
  return tokens;
}

std::string decoded(const Tokenizer& tokenizer, const std::string& text) {
  std::vector<int32_t> ids;
  std::string out;
  tokenizer.encode(text, ids);
  tokenizer.decode(ids, out);
  return out;
}

using Tokens = std::vector<std::string>;

}  // namespace

TEST_CASE("spaces become marks, and unknown characters one token", "[sentencepiece]") {
  for (const int kind : {kUnigram, kBpe}) {
    const auto tokenizer = ModelOf{kind, kPieces, false, "", true}.tokenizer();
    REQUIRE(tokens(tokenizer, "  ab  abab ") == Tokens{"\u2581ab", "\u2581ab", "ab"});
    REQUIRE(tokens(tokenizer, "ab<sep>zz") == Tokens{"\u2581ab", "<sep>", "<unk>"});
    REQUIRE(tokens(tokenizer, "   ") == Tokens{});
    REQUIRE(tokens(tokenizer, "") == Tokens{});
    REQUIRE(decoded(tokenizer, " ab  ab z") == "ab ab  \u2047 ");
    std::vector<TokenSpan> spans;
    tokenizer.encode_spans(" ab  ab", spans, SpecialText::token);
    REQUIRE(spans.size() == 2);
    REQUIRE(spans[0].begin == 1);
    REQUIRE(spans[0].end == 3);
    REQUIRE(spans[1].end == 7);
    REQUIRE(tokenizer.vocabulary().begin == 1);
    REQUIRE(tokenizer.vocabulary().end == 2);
  }
}

TEST_CASE("unknown characters fall back to bytes, and come back from them", "[sentencepiece]") {
  ModelOf model{kBpe, kPieces, true, "", true};
  REQUIRE_THROWS_WITH(model.tokenizer(), Contains("not all of the 256 byte pieces"));
  for (size_t byte = 0; byte < 256; ++byte) {
    char text[8];
    std::snprintf(text, sizeof text, "<0x%02zX>", byte);
    model.pieces.push_back({text, 0, 6});
  }
  for (const int kind : {kUnigram, kBpe}) {
    model.kind = kind;
    const auto tokenizer = model.tokenizer();
    REQUIRE(tokens(tokenizer, "a\u00e9") == Tokens{"\u2581a", "<0xC3>", "<0xA9>"});
    REQUIRE(decoded(tokenizer, "a\u00e9\U0001f600b") == "a\u00e9\U0001f600b");
  }
}

TEST_CASE("a model is kept in tokenizer.json whole", "[sentencepiece]") {
  const auto tokenizer = ModelOf{kUnigram, kPieces, false, "", true}.tokenizer();
  const auto again = tokenizer_from_text(tokenizer.to_json().dump(), "tokenizer.json");
  REQUIRE(again->type() == "sentencepiece");
  REQUIRE(again->to_json() == tokenizer.to_json());
  REQUIRE(tokens(*again, "ab ab") == tokens(tokenizer, "ab ab"));
  REQUIRE_THROWS_WITH(tokenizer_from_text(R"({"model": {"type": "SentencePiece", "file": "????"}})", "x.json"),
                      Contains("x.json: model.file: not a SentencePiece model in base 64"));
}

TEST_CASE("what is damaged or not supported is refused by its name", "[sentencepiece]") {
  const auto refusal = [](const ModelOf& model) -> std::string {
    try {
      model.tokenizer();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  REQUIRE_THAT(refusal({4, kPieces, false, "", true}), Contains("x.model: model_type char is not supported"));
  REQUIRE_THAT(refusal({kUnigram, {{"a", 0}}, false, "", true}), Contains("no unknown piece"));
  REQUIRE_THAT(refusal({kUnigram, {{"<unk>", 0, 2}, {"a", 0}, {"a", 0}}, false, "", true}),
               Contains("pieces[2]: stands"));
  REQUIRE_THAT(refusal({kUnigram, {{"<unk>", 0, 2}, {"a", NAN}}, false, "", true}), Contains("pieces[1]: its score"));
  REQUIRE_THAT(refusal({kUnigram, {{"<unk>", 0, 2}, {"a", 0, 9}}, false, "", true}), Contains("9 is not a type"));
  REQUIRE_THAT(refusal({kBpe, {{"<unk>", 0, 2}, {"ab", 0}}, false, "", true}), Contains("one of its characters"));
  REQUIRE_THAT(refusal({kUnigram, kPieces, false, "abcdefgh", true}), Contains("precompiled_charsmap: damaged"));
  const std::string bytes = ModelOf{kUnigram, kPieces, false, "", true}.bytes();
  REQUIRE_THROWS_WITH(SentencePieceTokenizer(bytes.substr(0, 60), "x.model"), Contains("x.model: damaged"));
}

TEST_CASE("a damaged table of replacements leads nowhere", "[sentencepiece]") {
  REQUIRE(rc::check([](const std::string& noise, const std::string& text) {
    std::string table(noise, 0, noise.size() / 4 * 4);
    table.append(8, '\x41');
    std::string charsmap(4, '\0');
    charsmap[0] = static_cast<char>(table.size() & 0xFF);
    charsmap[1] = static_cast<char>(table.size() >> 8 & 0xFF);
    const auto tokenizer =
        ModelOf{kUnigram, kPieces, false, charsmap + table + std::string("x\0", 2), true}.tokenizer();
    std::string valid;
    append_replaced(text, valid);
    tokens(tokenizer, valid);
  }));
}

TEST_CASE("base 64 comes back", "[sentencepiece]") {
  REQUIRE(to_base64("Man") == "TWFu");
  REQUIRE(to_base64("Ma") == "TWE=");
  REQUIRE(rc::check([](const std::string& bytes) {
    std::string again;
    RC_ASSERT(from_base64(to_base64(bytes), again));
    RC_ASSERT(again == bytes);
  }));
}

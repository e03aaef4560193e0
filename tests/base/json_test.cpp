// Strict JSON: places of errors, comments, duplicate keys, depth.
#include "base/json.h"

#include <chrono>

#include "base/error.h"
#include "test.h"

using namespace seq;
using Catch::Contains;

namespace {

std::string refusal(const std::string& text) {
  try {
    parse_json(text, "x.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("every kind of value parses, and keys keep their order") {
  const std::string text = R"({"z":[1,-2,3.5,1e3,true,false,null,"é\n\u0041"],"a":{"b":{},"c":[]}})";
  const Json json = parse_json(text, "x.json");
  REQUIRE(json.begin().key() == "z");
  REQUIRE(json == Json::parse(text));
  REQUIRE(json.dump() == Json::parse(text).dump());
  for (const std::string scalar : {"1", "\"a\"", "null", "[]", "{}", "-0.0", "18446744073709551615"})
    REQUIRE(parse_json(scalar, "x.json") == Json::parse(scalar));
}

TEST_CASE("comments are allowed") {
  REQUIRE(parse_json("// one\n{\"a\": /* two */ 1} // three", "x.json")["a"] == 1);
}

TEST_CASE("a syntax error has line and column") {
  REQUIRE_THAT(refusal("{\n  \"a\" 3}"), Contains("x.json:2:7: not valid JSON:"));
  REQUIRE_THAT(refusal(""), Contains("x.json:1:1: not valid JSON"));
  REQUIRE_THAT(refusal("[1, 2"), Contains("x.json:1:"));
  REQUIRE_THAT(refusal("{} {}"), Contains("x.json:1:4"));
  REQUIRE_THAT(refusal("\"\xff\""), Contains("not valid JSON"));
  REQUIRE(refusal("[1,\n2,]").find('\n') == std::string::npos);
}

TEST_CASE("numbers out of range are refused") {
  REQUIRE_THAT(refusal("[1e999]"), Contains("not valid JSON"));
}

TEST_CASE("a duplicate key is refused by its path") {
  REQUIRE(refusal(R"({"a": {"b": 1, "b": 2}})") == "x.json: a.b: duplicate key (keep one of them)");
  REQUIRE(refusal(R"({"l": [{"k": 1}, {"k": {"x": 0, "x": 0}}]})") ==
          "x.json: l.k.x: duplicate key (keep one of them)");
  REQUIRE(refusal(R"({"a": {"b": 1}, "b": 2, "c": {"b": 3}})") == "");
}

TEST_CASE("absurd depth is refused before it is built") {
  REQUIRE_THAT(refusal(std::string(100'000, '[')), Contains("nested more than 200 levels"));
  REQUIRE(refusal("\"" + std::string(1000, '[') + "\"") == "");
}

TEST_CASE("an object of 100,000 keys parses in well under a second") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += (i ? ",\"" : "\"") + std::to_string(i) + "\":" + std::to_string(i);
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(parse_json(text + "}", "x.json").size() == 100'000);
  REQUIRE(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
}

TEST_CASE("a JSON file that is missing is refused by name") {
  REQUIRE_THROWS_WITH(read_json("/none/x.json"), Contains("/none/x.json: no such file"));
}

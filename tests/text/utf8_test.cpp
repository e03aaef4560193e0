// Code points, validation and blocks.
#include "text/utf8.h"

#include <rapidcheck.h>

#include "base/error.h"
#include "test.h"

using namespace seq;
using Catch::Contains;

namespace {

/// What Utf8Blocks makes of a text that comes in blocks of `size` bytes.
std::string in_blocks(const std::string& text, size_t size, InvalidUtf8 invalid) {
  Utf8Blocks blocks("x.txt", invalid);
  std::string out;
  for (size_t i = 0; i < text.size(); i += size) {
    const std::string block = text.substr(i, size);
    out += blocks.feed(block);
  }
  return out += blocks.finish();
}

std::string error_of(const std::string& text, size_t size) {
  try {
    in_blocks(text, size, InvalidUtf8::refuse);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string replaced(const std::string& text) {
  std::string out;
  append_replaced(text, out);
  return out;
}

}  // namespace

TEST_CASE("every code point survives a round trip") {
  std::string text;
  for (int32_t code_point = 0; code_point < kCodePoints; ++code_point) {
    if (code_point >= 0xD800 && code_point < 0xE000) continue;
    text.clear();
    append_utf8(code_point, text);
    size_t position = 0;
    if (next_code_point(text, position) != code_point || position != text.size()) FAIL(code_point);
  }
}

TEST_CASE("surrogates, long forms and what lies beyond Unicode are ill-formed") {
  for (const std::string text : {"\xed\xa0\x80", "\xc0\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80", "\xff", "\x80"})
    REQUIRE(find_invalid_utf8("abcdefghijk" + text + "xyz") == 11);
  std::string text;
  append_utf8(0xD800, text);
  REQUIRE(text == "\xEF\xBF\xBD");
}

TEST_CASE("each maximal ill-formed part becomes one replacement character") {
  // The Unicode Standard 15, table 3-11.
  REQUIRE(replaced("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41") == "\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  REQUIRE(replaced("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");
}

TEST_CASE("code points are counted and found by number") {
  const std::string text = "abcdefgh\u00e9\u65e5\U0001F600 0123456789\u00e9";
  REQUIRE(count_code_points(text) == 23);
  REQUIRE(code_point_offset(text, 0) == 0);
  REQUIRE(text.substr(code_point_offset(text, 10), 4) == "\U0001F600");
  REQUIRE(text.substr(code_point_offset(text, 22)) == "\u00e9");
  REQUIRE(code_point_offset(text, 23) == text.size());
  REQUIRE(code_point_offset(text, 99) == text.size());
}

TEST_CASE("blocks cut anywhere give the same text") {
  const std::string text = "h\u00e9llo \u65e5\u672c\u8a9e \U0001F600\n";
  for (size_t size = 1; size <= text.size(); ++size) REQUIRE(in_blocks(text, size, InvalidUtf8::refuse) == text);
}

TEST_CASE("the place of a bad byte does not depend on the blocks") {
  const std::string text = "one\ntwo \u00e9\nthree \xff four";
  for (size_t size = 1; size <= text.size(); ++size)
    REQUIRE(error_of(text, size) == "x.txt: byte 17 (line 3): not valid UTF-8 (0xff); --invalid-utf8 replace goes on");
}

TEST_CASE("a text that ends inside a character is refused, or gets one replacement character") {
  const std::string text = "abc\xe2\x82";
  for (size_t size = 1; size <= text.size(); ++size) {
    REQUIRE_THAT(error_of(text, size), Contains("x.txt: byte 3 (line 1): not valid UTF-8 (0xe2)"));
    REQUIRE(in_blocks(text, size, InvalidUtf8::replace) == "abc\uFFFD");
  }
}

TEST_CASE("binary input is called so") {
  REQUIRE_THAT(error_of(std::string("\x89PNG\0\1", 6), 6),
               Contains("x.txt: byte 4 (line 1): a NUL byte, so this looks binary"));
  REQUIRE_THAT(error_of(std::string("\xff\xfe"
                                    "a\0",
                                    4),
                        4),
               Contains("UTF-16"));
  REQUIRE(in_blocks(std::string("a\0b", 3), 2, InvalidUtf8::replace) == std::string("a\0b", 3));
}

TEST_CASE("characters are shown with their number") {
  REQUIRE(shown_character(0xE9) == "\"\u00e9\" (U+00E9)");
  REQUIRE(shown_character('\n') == "U+000A");
  REQUIRE(shown_character(' ') == "U+0020");
}

TEST_CASE("replacing gives valid UTF-8 whatever the bytes and the blocks") {
  REQUIRE(rc::check([](const std::string& bytes) {
    const std::string whole = replaced(bytes);
    RC_ASSERT(find_invalid_utf8(whole) == std::string::npos);
    RC_ASSERT((whole == bytes) == (find_invalid_utf8(bytes) == std::string::npos));
    const auto size = *rc::gen::inRange<size_t>(1, bytes.size() + 2);
    RC_ASSERT(in_blocks(bytes, size, InvalidUtf8::replace) == whole);
  }));
}

// Writing on another thread.
#include "ngram/write_behind.h"

#include "base/error.h"
#include "test.h"

using namespace seq;
using namespace seq::ngram;

TEST_CASE("what is put is written in its order, however large", "[write_behind]") {
  std::string written;
  WriteBehind behind([&](uint64_t offset, std::string_view bytes) {
    REQUIRE(offset == written.size());
    written += bytes;
  });
  std::string expected;
  for (size_t i = 0; i < 60; ++i) {
    const std::string piece(i * 7919 % 100'000, static_cast<char>('a' + i % 26));
    behind.put(expected.size(), piece);
    expected += piece;
  }
  const std::string large(3'000'000, 'x');
  behind.put(expected.size(), large);
  behind.wait();
  REQUIRE(written == expected + large);
}

TEST_CASE("what a write throws, the next call throws", "[write_behind]") {
  WriteBehind behind([](uint64_t offset, std::string_view) {
    if (offset == 2) throw RunError("full");
  });
  behind.put(1, "a");
  behind.wait();
  behind.put(2, "b");
  REQUIRE_THROWS_WITH(behind.wait(), "full");
  REQUIRE_THROWS_WITH(behind.put(3, std::string(5'000'000, 'c')), "full");
}

TEST_CASE("one that is not waited for ends its thread", "[write_behind]") {
  for (int i = 0; i < 20; ++i) {
    WriteBehind behind([](uint64_t, std::string_view) {});
    if (i % 2 == 0) behind.put(0, std::string(600'000, 'x'));
  }
}

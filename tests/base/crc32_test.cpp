// Checksums against Boost's, over all lengths around the blocks.
#include "base/crc32.h"

#include <boost/crc.hpp>

#include "base/random.h"
#include "test.h"

using namespace seq;

TEST_CASE("the checksum is that of zip") {
  REQUIRE(crc32("") == 0);
  REQUIRE(crc32("123456789") == 0xCBF43926);
}

TEST_CASE("the checksum equals Boost's for every length, in one piece or two") {
  Random random(1);
  std::string bytes;
  for (int i = 0; i < 700; ++i) {
    boost::crc_32_type expected;
    expected.process_bytes(bytes.data(), bytes.size());
    REQUIRE(crc32(bytes) == expected.checksum());
    Crc32 pieces;
    const size_t cut = random.below(bytes.size() + 1);
    pieces.add(std::string_view(bytes).substr(0, cut));
    pieces.add(std::string_view(bytes).substr(cut));
    REQUIRE(pieces.value() == expected.checksum());
    bytes += static_cast<char>(random.below(256));
  }
}

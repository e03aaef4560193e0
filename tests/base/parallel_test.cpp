// Loops over threads.
#include "base/parallel.h"

#include <stdexcept>

#include "test.h"

using namespace seq;

TEST_CASE("ranges of all threads cover everything once, and the first failure is passed on", "[base]") {
  for (const int threads : {1, 2, 7, 64}) {
    std::vector<int> seen(1000);
    parallel_ranges(1000, threads, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
    });
    REQUIRE(seen == std::vector<int>(1000, 1));
    REQUIRE_THROWS_WITH(
        parallel_ranges(1000, threads, 1,
                        [](int64_t begin, int64_t) { throw std::runtime_error(std::to_string(begin)); }),
        "0");
  }
}

// Files of number series.
#include "text/series.h"

#include "base/error.h"
#include "test.h"

namespace {

using Catch::Matchers::EndsWith;
using seq::pack_series;
using seq::read_series;
using seq::Series;

TEST_CASE("digits stand for themselves, and numbers between spaces for numbers", "[series]") {
  const seq::test::TemporaryFolder folder;
  const auto file = folder.file("series.tsv", "0000101010\t3\n\n 0.5  -1 2e3 \t -0.25\r\n7.0\t12\n90\t1");
  const std::vector<Series> all = read_series(file);
  REQUIRE(all.size() == 4);
  REQUIRE(all[0].inputs == std::vector<double>{0, 0, 0, 0, 1, 0, 1, 0, 1, 0});
  REQUIRE(all[0].target == 3);
  REQUIRE(all[1].inputs == std::vector<double>{0.5, -1, 2000});
  REQUIRE(all[1].target == -0.25);
  REQUIRE(all[2].inputs == std::vector<double>{7});
  REQUIRE(all[3].inputs == std::vector<double>{9, 0});
}

TEST_CASE("a byte order mark is no input", "[series]") {
  const seq::test::TemporaryFolder folder;
  REQUIRE(read_series(folder.file("series.tsv",
                                  "\xEF\xBB\xBF"
                                  "01\t1\n"))[0]
              .inputs == std::vector<double>{0, 1});
}

TEST_CASE("what is wrong in a series file is named with its line", "[series]") {
  const seq::test::TemporaryFolder folder;
  const auto refused = [&](const std::string& content, const std::string& message) {
    REQUIRE_THROWS_WITH(read_series(folder.file("s.tsv", content)), EndsWith(message));
  };
  refused("01\t1\n0101\n", "s.tsv:2: 1 column, expected 2 (inputs<TAB>target)");
  refused("01\t1\t2\n", "s.tsv:1: 3 columns, expected 2 (inputs<TAB>target)");
  refused("\n1 two 3\t4\n", "s.tsv:2: \"two\" is not a finite number");
  refused("0101\t\n", "s.tsv:1: \"\" is not a finite number");
  refused("0101\tnan\n", "s.tsv:1: \"nan\" is not a finite number");
  refused("1e999 1\t1\n", "s.tsv:1: \"1e999\" is not a finite number");
  refused("\t1\n", "s.tsv:1: no inputs before the tab (digits, or numbers between spaces)");
  refused("\n\n", "s.tsv: no examples in it (one a line: inputs<TAB>target)");
}

TEST_CASE("shorter series begin later, so that all end together", "[series]") {
  const std::vector<Series> examples = {{{1, 2, 3}, 4}, {{5}, 6}, {{7, 8}, 9}};
  const seq::SeriesBatch batch = pack_series(examples);
  REQUIRE(batch.count == 3);
  REQUIRE(batch.time == 3);
  REQUIRE(batch.inputs == std::vector<double>{1, 2, 3, 0, 0, 5, 0, 7, 8});
  REQUIRE(batch.targets == std::vector<double>{4, 6, 9});
}

}  // namespace

// Classes, normalisation, and the file that keeps both.
#include "numeric/columns.h"

#include "base/error.h"
#include "test.h"

using namespace seq;
using namespace seq::numeric;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

Table small_table() {
  Table table;
  table.source = "a.csv";
  table.inputs = {"a", "b"};
  table.target = "kind";
  table.columns = 2;
  table.values = {0, 10, 2, 10, 4, 30, 100, 7};
  table.labels = {"y", "x", "y", "z"};
  table.lines = {2, 3, 4, 5};
  return table;
}

NumericOptions normalised(const std::string& how) {
  NumericOptions options;
  options.normalise = how;
  return options;
}

std::vector<double> applied(const Columns& columns, std::vector<double> row) {
  columns.normalise(row);
  return row;
}

const std::vector<int64_t> kFirstThree = {0, 1, 2};

}  // namespace

TEST_CASE("classes are those of the training rows, in the order of their bytes") {
  const Table table = small_table();
  const Columns columns(table, kFirstThree, {});
  REQUIRE(columns.classes() == std::vector<std::string>{"x", "y"});
  const Part part = columns.encode(table, kFirstThree);
  REQUIRE(part.targets == std::vector<double>{1, 0, 1});
  REQUIRE(part.inputs == std::vector<double>{0, 10, 2, 10, 4, 30});
}

TEST_CASE("a label out of range is named by its line") {
  const Table table = small_table();
  const Columns columns(table, kFirstThree, {});
  REQUIRE_THROWS_WITH(columns.encode(table), "a.csv:5: kind \"z\" is out of range: the model is trained on x, y");
}

TEST_CASE("one class alone is nothing to tell apart") {
  const std::vector<int64_t> rows = {0, 2};
  REQUIRE_THROWS_WITH(Columns(small_table(), rows, {}), Contains("all 2 rows to train on are of the class \"y\""));
}

TEST_CASE("normalisation is learnt from the training rows alone") {
  const Table table = small_table();
  REQUIRE(applied(Columns(table, kFirstThree, normalised("none")), {4, 30}) == std::vector<double>{4, 30});
  REQUIRE(applied(Columns(table, kFirstThree, normalised("unit")), {51, 255}) == std::vector<double>{0.2, 1});
  REQUIRE(applied(Columns(table, kFirstThree, normalised("row_mean")), {4, 30}) == std::vector<double>{-13, 13});
  REQUIRE(applied(Columns(table, kFirstThree, normalised("minmax")), {8, 15}) == std::vector<double>{2, 0.25});
  const std::vector<double> row = applied(Columns(table, kFirstThree, normalised("standardise")), {4, 30});
  REQUIRE(row[0] == Approx(2 / std::sqrt(8.0 / 3)));
  REQUIRE(row[1] == Approx((30 - 50.0 / 3) / std::sqrt(800.0 / 9)));
}

TEST_CASE("a constant column cannot be scaled by its spread") {
  const std::vector<int64_t> rows = {0, 1};
  for (const char* how : {"minmax", "standardise"})
    REQUIRE_THROWS_WITH(Columns(small_table(), rows, normalised(how)),
                        Contains("a.csv: column \"b\" is 10 in all 2 rows to train on") && Contains(how));
  REQUIRE_NOTHROW(Columns(small_table(), rows, normalised("unit")));
}

TEST_CASE("columns come back from their file") {
  const TemporaryFolder folder;
  const Columns columns(small_table(), kFirstThree, normalised("standardise"));
  columns.write(folder.path() / "columns.json");
  const Columns back = Columns::read(folder.path() / "columns.json");
  REQUIRE(back.classes() == columns.classes());
  REQUIRE(back.input(1) == "b");
  REQUIRE(back.target() == "kind");
  REQUIRE(applied(back, {4, 30}) == applied(columns, {4, 30}));
}

TEST_CASE("a damaged file of columns is refused") {
  const TemporaryFolder folder;
  for (const char* content : {"{}", "[]",
                              R"({"count":2,"inputs":["a"],"target":"y","classes":[],"normalise":"none",)"
                              R"("shift":[],"scale":[]})",
                              R"({"count":1,"inputs":["a"],"target":"y","classes":[],"normalise":"minmax",)"
                              R"("shift":[],"scale":[]})"})
    REQUIRE_THROWS_WITH(Columns::read(folder.file("columns.json", content)), Contains("damaged"));
}

TEST_CASE("rows of other columns are refused") {
  Table other = small_table();
  const Columns columns(other, kFirstThree, {});
  other.inputs = {"a", "c"};
  REQUIRE_THROWS_WITH(columns.encode(other), Contains("other inputs than the model was trained on"));
}

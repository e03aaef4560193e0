// Tables out of CSV files: which columns are what, numbers, and what is refused by file, row and column.
#include <rapidcheck.h>

#include <limits>

#include "base/error.h"
#include "numeric/table.h"
#include "test.h"

using namespace seq;
using namespace seq::numeric;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

Table table_of(const std::string& content, const NumericOptions& options = {}) {
  const TemporaryFolder folder;
  return read_table({folder.file("a.csv", content).string()}, options);
}

void refused(const std::string& content, const std::string& message, const NumericOptions& options = {}) {
  CAPTURE(content);
  REQUIRE_THROWS_WITH(table_of(content, options), Contains(message));
}

NumericOptions numbers() {
  NumericOptions options;
  options.target_kind = "number";
  return options;
}

}  // namespace

TEST_CASE("the last column is the target, all others are inputs") {
  const Table table = table_of("a,b,kind\n1,-2.5, x \n+3,4e1,\"y,z\"\n");
  REQUIRE(table.inputs == std::vector<std::string>{"a", "b"});
  REQUIRE(table.target == "kind");
  REQUIRE(table.values == std::vector<double>{1, -2.5, 3, 40});
  REQUIRE(table.labels == std::vector<std::string>{"x", "y,z"});
  REQUIRE(table.rows() == 2);
}

TEST_CASE("columns can be named, in any order") {
  NumericOptions options = numbers();
  options.target = "a";
  options.inputs = {"c", "b"};
  const Table table = table_of(
      "\xEF\xBB\xBF"
      "a,b,c,note\r\n1,2,3,x\r\n4,5,6,y\r\n",
      options);
  REQUIRE(table.values == std::vector<double>{3, 2, 6, 5});
  REQUIRE(table.numbers == std::vector<double>{1, 4});
}

TEST_CASE("a missing or non-numeric cell is named by line and column") {
  refused("a,b,y\n1,2,0\n1,,0\n", "a.csv:3: column \"b\" is empty, expected a number");
  refused("a,b,y\n1,2,0\n\nx,2,0\n", "a.csv:4: column \"a\": \"x\" is not a number");
  refused("a,b,y\n1,nan,0\n", "column \"b\": \"nan\" is not a number");
  refused("a,b,y\n1,1e999,0\n", "column \"b\": \"1e999\" is not a number");
  refused("a,b,y\n1,2\n", "a.csv:2: 2 cells, but the header names 3");
  refused("a,b,y\n1,2,\n", "a.csv:2: column \"y\" is empty, expected a class");
  refused("a,b,y\n1,2,no\n", "column \"y\": \"no\" is not a number", numbers());
  refused("a,b,y\n1,2,\"0\n", "a.csv:2: broken quoting");
}

TEST_CASE("a header that names nothing, or too little, is refused") {
  refused("", "a.csv: empty, expected a header");
  refused("1,2,3\n4,5,6\n", "a.csv:1: the first row has numbers alone");
  refused("a,a,y\n1,2,3\n", "two columns are called \"a\"");
  refused("a,,y\n1,2,3\n", "a column without a name");
  refused("y\n1\n", "one column alone");
  refused("a,y\n", "no rows below the header");
  NumericOptions options;
  options.target = "z";
  refused("a,y\n1,2\n", "no column \"z\" (there are: a, y; see data.numeric.target)", options);
  options.target = "y";
  options.inputs = {"y"};
  refused("a,y\n1,2\n", "\"y\" is the target", options);
}

TEST_CASE("several files are one table, if their columns are the same") {
  const TemporaryFolder folder;
  const std::string one = folder.file("1.csv", "a,y\n1,p\n").string(),
                    two = folder.file("2.csv", "a,y\n2,q\n").string();
  const Table table = read_table({one, two}, {});
  REQUIRE(table.values == std::vector<double>{1, 2});
  REQUIRE(table.labels == std::vector<std::string>{"p", "q"});
  const std::string other = folder.file("3.csv", "b,y\n2,q\n").string();
  REQUIRE_THROWS_WITH(read_table({one, other}, {}), Contains("3.csv: other columns than"));
  REQUIRE_THROWS_WITH(read_table({folder.file("a.dat", "").string()}, {}), Contains("data.numeric.format"));
}

TEST_CASE("numbers that are written come back the same") {
  REQUIRE(rc::check("any finite numbers", [](const std::vector<std::pair<double, double>>& rows) {
    Table table;
    table.inputs = {"x"};
    table.target = "y";
    table.columns = 1;
    for (const auto& [x, y] : rows) {
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      table.values.push_back(x);
      table.numbers.push_back(y);
    }
    if (table.numbers.empty()) return;
    std::string text;
    write_csv(table, text);
    const Table back = table_of(text, numbers());
    RC_ASSERT(back.values == table.values);
    RC_ASSERT(back.numbers == table.numbers);
  }));
}

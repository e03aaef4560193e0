// What a page shows of predictions.json, boundary.json and fit.json, and which of these files are refused.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "page_checks.h"
#include "report/report.h"
#include "run/pictures.h"
#include "run/predictions.h"

using namespace seq;
using Catch::Contains;
using seq::test::count;
using seq::test::require_well_formed;
using seq::test::TemporaryFolder;

namespace {

RunFolder make_run(const fs::path& folder) {
  return RunFolder::create(folder, {{"model", {{"type", "classifier"}}}}, Existing::refuse);
}

/// The page of one run with one file in it.
std::string page_with(const std::string& file, const std::string& content) {
  const TemporaryFolder folder;
  const RunFolder run = make_run(folder.path() / "run");
  write_file_atomic(run.path() / file, content);
  const std::string page = html_report({run});
  require_well_formed(page);
  REQUIRE_THAT(page, !Contains("nan") && !Contains("inf\"") && !Contains("inf "));
  REQUIRE_THAT(page, !Contains("logged nothing"));
  return page;
}

void refused(const std::string& file, const std::string& content, const std::string& message) {
  INFO(message);
  const TemporaryFolder folder;
  const RunFolder run = make_run(folder.path() / "run");
  write_file_atomic(run.path() / file, content);
  REQUIRE_THROWS_WITH(html_report({run}), (run.path() / file).string() + message);
}

/// A value of a JSON text in place of another.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

const std::string kPredictions =
    R"({"split": "valid", "labels": ["bad", "<good>"], "confusion": [[6, 2], [1, 7]],
        "mistakes": [{"text": "not <b>bad</b> & cheap", "label": "<good>", "answer": "bad", "probability": 0.934}]})";

const std::string kBoundary =
    R"({"x": [0, 2], "y": [-1, 1], "columns": 4, "rows": 2, "names": ["no", "yes"], "axes": ["left", "<right>"],
        "grid": [0, 0, 1, 1, 0, 0, 0, 1], "confidence": [1, 1, 1, 1, 1, 1, 0.5, 0.5],
        "points": [[0.1, 0.2, 0, 0], [1.9, 0.2, 1, 1], [1.5, -0.5, 1, 0]]})";

const std::string kFit =
    R"({"axes": ["x", "y"], "title": "degree <4>", "curve": [[0, 0], [1, 1], [2, 9000]], "points": [[0, 0.1], [2, 1]],
        "truth": [[0, 0], [2, 0.8]]})";

Predictions many_labels(size_t size) {
  Predictions all;
  all.split = "test";
  for (size_t i = 0; i < size; ++i) all.labels.push_back("label " + std::to_string(i));
  all.confusion.assign(size, std::vector<int64_t>(size, 1));
  for (size_t i = 0; i < size; ++i) all.confusion[i][i] = 99;
  all.confusion[3][2] = 50;
  return all;
}

}  // namespace

TEST_CASE("a confusion matrix has counts, shares of the row, and figures of each label") {
  const std::string page = page_with("predictions.json", kPredictions);
  REQUIRE(count(page, "<rect") == 4);
  REQUIRE_THAT(page, Contains("bad taken for &lt;good&gt;: 2 (25.0 %)") && Contains(">87.5 %</text>"));
  REQUIRE_THAT(page, Contains("validation part: 13 of 16 right (81.25 %)"));
  const std::string cell = "</td><td class=\"number\">";
  REQUIRE_THAT(page, Contains("<td>bad" + cell + "0.857" + cell + "0.750" + cell + "0.800" + cell + "8</td>"));
}

TEST_CASE("mistakes are listed with their text, escaped") {
  const std::string page = page_with("predictions.json", kPredictions);
  REQUIRE_THAT(page, Contains("not &lt;b&gt;bad&lt;/b&gt; &amp; cheap") && !Contains("<b>bad</b> &"));
  REQUIRE_THAT(page, Contains("answered <b class=\"c1\">bad</b> at 93.4 %, is <b class=\"c0\">&lt;good&gt;</b>"));
  REQUIRE_THAT(page, !Contains("class=\"ramp\""));
  REQUIRE_THAT(page_with("predictions.json", R"({"labels": ["a"], "confusion": [[3]]})"), Contains("No mistakes."));
}

TEST_CASE("attention is drawn behind the tokens, relative to the most of the text") {
  const std::string page = page_with(
      "predictions.json", with(kPredictions, "0.934", R"(0.9, "tokens": ["not", "<bad>"], "attention": [0.2, 0.4])"));
  REQUIRE_THAT(page, Contains("<span style=\"--a:0.50\" title=\"0.2000\">not</span>") &&
                         Contains("<span style=\"--a:1.00\" title=\"0.4000\">&lt;bad&gt;</span>") &&
                         Contains("class=\"ramp\""));
  page_with("predictions.json", with(kPredictions, "0.934", R"(0.9, "tokens": ["not"], "attention": [0])"));
}

TEST_CASE("of many mistakes the first stand open and the others are folded away") {
  Predictions all = many_labels(2 + 2);
  for (int i = 0; i < 12; ++i) all.mistakes.push_back({.text = "x", .label = {"label 1"}, .answer = {}});
  const std::string page = page_with("predictions.json", write_fields(all).dump());
  REQUIRE_THAT(page, Contains("<summary>7 more</summary><ol class=\"mistakes\" start=\"6\">"));
  REQUIRE_THAT(page, Contains("answered <b class=\"c1\">no label</b>"));
}

TEST_CASE("few labels have numbers in their cells, many colours and a list of the worst, very many the list alone") {
  const auto page = [](size_t size) { return page_with("predictions.json", write_fields(many_labels(size)).dump()); };
  REQUIRE(count(page(12), "class=\"count middle\"") == 144);
  REQUIRE_THAT(page(12), !Contains("Most frequent confusions"));
  REQUIRE(count(page(25), "class=\"small middle\"") == 625);
  const std::string fifty = page(50);
  REQUIRE(count(fifty, "<rect") == 2500);
  REQUIRE(count(fifty, "class=\"small middle\"") == 0);
  REQUIRE_THAT(fifty, Contains("<tr><td>label 3</td><td>label 2</td><td class=\"number\">50</td>"));
  const std::string hundred = page(100);
  REQUIRE(count(hundred, "<rect") == 0);
  REQUIRE_THAT(hundred, Contains("Most frequent confusions") && Contains("<td>label 99</td>"));
}

TEST_CASE("texts of several labels have figures of each label and no matrix") {
  const std::string page =
      page_with("predictions.json",
                R"({"split": "valid", "labels": ["a", "b"], "counts": [{"right": 1, "answered": 2, "wanted": 4},
          {"right": 0, "answered": 0, "wanted": 0}], "mistakes": [{"label": ["a", "b"], "answer": []}]})");
  REQUIRE_THAT(page, !Contains("<rect") && Contains("0.333</td>") && Contains("is <b class=\"c0\">a, b</b>"));
}

TEST_CASE("a boundary has regions of classes by confidence, a line between them, and points") {
  const std::string page = page_with("boundary.json", kBoundary);
  REQUIRE(count(page, "class=\"region c0\"") == 2);  // certain and not
  REQUIRE(count(page, "class=\"region c1\"") == 2);
  const size_t border = page.find("class=\"border\"");
  REQUIRE(count(page.substr(border, page.find("/>", border) - border), "M") == 3);  // edges of cells
  REQUIRE(count(page, "<circle") == 3);
  REQUIRE(count(page, "<g class=\"rings\">") == 1);
  REQUIRE_THAT(page, Contains("&lt;right&gt;</text>") && Contains("dots: training, rings: validation"));
}

TEST_CASE("neighbouring cells of one kind are one rectangle") {
  const std::string page = page_with("boundary.json", kBoundary);
  const size_t begin = page.find("class=\"region c0\" style=\"fill-opacity:0.48\" d=\"");
  REQUIRE(begin != std::string::npos);
  const std::string path = page.substr(begin, page.find("/>", begin) - begin);
  REQUIRE(count(path, "M") == 2);  // one in each row
}

TEST_CASE("a fit is drawn with its points to the scale of these, and the curve ends at the frame") {
  const std::string page = page_with("fit.json", kFit);
  REQUIRE_THAT(page, Contains("<figcaption>degree &lt;4&gt;</figcaption>") && Contains("true function (dashed)"));
  REQUIRE(count(page, "<circle") == 2);
  REQUIRE_THAT(page, !Contains(">9000</text>") && Contains(">1.0</text>"));
  REQUIRE_THAT(page_with("fit.json", R"({"axes": ["x", "y"], "curve": [[1, 2]]})"), !Contains("true function"));
}

TEST_CASE("fits, boundaries and answers of several runs stand under their names") {
  const TemporaryFolder folder;
  std::vector<RunFolder> runs;
  for (const char* name : {"under", "good", "over"}) {
    runs.push_back(make_run(folder.path() / name));
    write_file_atomic(runs.back().fit(), kFit);
    write_file_atomic(runs.back().boundary(), kBoundary);
    write_file_atomic(runs.back().predictions(), kPredictions);
  }
  const std::string page = html_report(runs);
  require_well_formed(page);
  REQUIRE(count(page, "</i>over</h3>") == 3);
  REQUIRE(count(page, "<h2>Fit</h2>") == 1);
}

TEST_CASE("the files come back as they were written") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "x.json";
  write_boundary(path, parse_boundary(kBoundary, "a"));
  REQUIRE(write_fields(parse_boundary(read_file(path), "b")) == write_fields(parse_boundary(kBoundary, "a")));
  write_fit(path, parse_fit(kFit, "a"));
  REQUIRE(write_fields(parse_fit(read_file(path), "b")) == write_fields(parse_fit(kFit, "a")));
}

TEST_CASE("damaged predictions are refused by file and key") {
  const auto wrong = [](const std::string& from, const std::string& to, const std::string& message) {
    refused("predictions.json", with(kPredictions, from, to), message);
  };
  wrong("[1, 7]", "[1]", ": confusion[1]: 1 columns, expected one for each of 2 labels");
  wrong("[[6, 2], [1, 7]]", "[[6, 2]]", ": confusion: 1 rows, expected one for each of 2 labels");
  wrong("[1, 7]", "[1, -7]", ": confusion[1][1]: -7 is out of range (at least 0)");
  wrong("[1, 7]", "[1, 0.5]", ": confusion[1][1]: 0.5 is not an integer");
  wrong("[1, 7]", "[1, 9223372036854775807]", ": confusion[1][1]: 9223372036854775807 is out of range");
  wrong("0.934", "1.2", ": mistakes[0].probability: 1.2 is out of range (from 0 to 1)");
  wrong("0.934", R"(0.9, "tokens": ["a"], "attention": [])", ": mistakes[0].attention: 0 values for 1 tokens");
  wrong("\"confusion\": [[6, 2], [1, 7]],", "", ": counts: 0, expected one for each of 2 labels");
  wrong("\"split\"", "\"part\"", ": part: unknown key (known: split, labels, confusion, counts, mistakes)");
  wrong("[\"bad\", \"<good>\"]", "[]", ": labels: none, expected their names");
  refused("predictions.json", "[]", ": [] is not an object {…}");
}

TEST_CASE("damaged boundaries are refused by file and key") {
  const auto wrong = [](const std::string& from, const std::string& to, const std::string& message) {
    refused("boundary.json", with(kBoundary, from, to), message);
  };
  wrong("[0, 2]", "[2, 0]", ": x: from 2 to 0, expected the least first and a number up to 1e100");
  wrong("[0, 2]", "[0, 1e200]", ": x: from 0 to 1e+200, expected the least first and a number up to 1e100");
  wrong("\"y\": [-1, 1], ", "", ": y: 0 values, expected 2 (least and most)");
  wrong("\"columns\": 4, ", "", ": columns: missing");
  wrong("\"columns\": 4", "\"columns\": 3", ": grid: 8 values, expected 6 (rows × columns)");
  wrong("\"columns\": 4", "\"columns\": 100000", ": columns: 100000 is out of range (from 1 to 500)");
  wrong("0, 0, 0, 1]", "0, 0, 0, 2]", ": grid[7]: class 2 of 2");
  wrong("0.5, 0.5]", "0.5]", ": confidence: 7 values, expected 8 (rows × columns)");
  wrong("0.5, 0.5]", "0.5, null]", ": confidence[7]: null is not a number");
  wrong("0.2, 0, 0]", "0.2, 0.5, 0]", ": points[0][2]: class 0.5 of 2");
  wrong("0.2, 0, 0]", "0.2, 0, 7]", ": points[0][3]: 7, expected 0 (training) or 1 (validation)");
  wrong("0.2, 0, 0]", "0.2]", ": points[0]: 2 values, expected 4");
  wrong("[\"left\", \"<right>\"]", "[\"left\"]", ": axes: 1 values, expected 2 (names of the two inputs)");
}

TEST_CASE("damaged fits are refused by file and key") {
  const auto wrong = [](const std::string& from, const std::string& to, const std::string& message) {
    refused("fit.json", with(kFit, from, to), message);
  };
  wrong("[1, 1]", "[1]", ": curve[1]: 1 values, expected 2");
  wrong("[1, 1]", "[1, \"NaN\"]", ": curve[1][1]: \"NaN\" is not a number");
  wrong("[1, 1]", "[1, 1e300]", ": curve[1]: a number beyond 1e100");
  wrong("\"curve\": [[0, 0], [1, 1], [2, 9000]],", "", ": curve: no points");
  wrong("\"title\"", "\"titel\"", ": titel: unknown key (did you mean title?)");
}

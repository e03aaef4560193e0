// Charts: what is drawn of curves with gaps, single points and very many points.
#include "report/chart.h"

#include <cmath>
#include <limits>

#include "page_checks.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::count;

namespace {

const double kGap = std::numeric_limits<double>::quiet_NaN();

LineChart chart_of(std::vector<Point> points, Stroke stroke = Stroke::line) {
  LineChart chart;
  chart.x_title = "steps";
  chart.left.title = "loss";
  chart.series.push_back({"training", std::move(points), 0, stroke});
  return chart;
}

/// The `d` of the first curve.
std::string curve_of(const std::string& svg) {
  const size_t group = svg.find("<g class=\"line c");
  const size_t begin = svg.find("d=\"", svg.find("<path", group)) + 3;
  return svg.substr(begin, svg.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("a chart without a finite point is empty") {
  REQUIRE(draw(chart_of({})).empty());
  REQUIRE(draw(chart_of({{1, kGap}, {2, std::numeric_limits<double>::infinity()}, {3, 1e200}})).empty());
}

TEST_CASE("a line goes through its points") {
  REQUIRE(curve_of(draw(chart_of({{0, 0}, {5, 1}, {10, 0}}))) == "M66.0 354.0L504.0 14.0L942.0 354.0");
}

TEST_CASE("a gap breaks the line, a point alone becomes a dot") {
  const std::string svg = draw(chart_of({{1, 1}, {2, 2}, {3, kGap}, {4, 1}, {5, kGap}, {6, 1}, {7, 2}}));
  REQUIRE(count(curve_of(svg), "M") == 3);
  REQUIRE(count(svg, "<circle") == 1);
  REQUIRE(count(draw(chart_of({{100, 1.5}})), "<circle") == 1);
  REQUIRE_THAT(svg, !Contains("nan") && !Contains("inf"));
}

TEST_CASE("thousands of points make a file of bounded size that keeps the extremes") {
  std::vector<Point> points;
  for (int i = 0; i < 200'000; ++i) points.push_back({i * 1.0, std::sin(i * 0.37)});
  points[123'456].y = 50;
  const std::vector<Point> thin = decimate(points, 300);
  REQUIRE(thin.size() <= 4 * 300);
  REQUIRE(std::any_of(thin.begin(), thin.end(), [](const Point& point) { return point.y == 50; }));
  REQUIRE(thin.front().x == 0);
  REQUIRE(thin.back().x == 199'999);
  REQUIRE(std::is_sorted(thin.begin(), thin.end(), [](const Point& a, const Point& b) { return a.x < b.x; }));
  REQUIRE(draw(chart_of(points)).size() < 80'000);
}

TEST_CASE("gaps survive decimation and smoothing") {
  std::vector<Point> points;
  for (int i = 0; i < 10'000; ++i) points.push_back({i * 1.0, i / 2500 == 1 ? kGap : 1.0});
  const std::vector<Point> thin = decimate(points, 100);
  REQUIRE(std::count_if(thin.begin(), thin.end(), [](const Point& point) { return std::isnan(point.y); }) == 1);
  const std::vector<Point> smoothed = smooth(points, 100);
  REQUIRE(std::isnan(smoothed[2500].y));
  REQUIRE(smoothed[2499].y == Approx(1));
}

TEST_CASE("smoothing keeps a straight line and calms an alternating one") {
  std::vector<Point> straight, alternating;
  for (int i = 0; i < 100; ++i) {
    straight.push_back({i * 1.0, 3.0 * i});
    alternating.push_back({i * 1.0, i % 2 == 0 ? 1.0 : -1.0});
  }
  for (size_t i = 0; i < 90; ++i) REQUIRE(smooth(straight, 10)[i].y == Approx(3.0 * static_cast<double>(i)));
  for (size_t i = 10; i < 100; ++i) REQUIRE(std::abs(smooth(alternating, 10)[i].y) < 0.1);
  REQUIRE(smooth({}, 10).empty());
}

TEST_CASE("curves leave the picture at a given top") {
  LineChart chart = chart_of({{0, 10}, {10, 0}});
  chart.left.most = 5;
  REQUIRE(curve_of(draw(chart)) == "M504.0 14L942.0 354.0");
  chart.series[0].points = {{0, 0}, {10, 10}};
  REQUIRE(curve_of(draw(chart)) == "M66.0 354.0L504.0 14");
}

TEST_CASE("a second axis stands on the right") {
  LineChart chart = chart_of({{0, 1}, {10, 2}});
  REQUIRE(count(draw(chart), "rotate(-90)") == 1);
  chart.right.title = "accuracy";
  chart.series.push_back({.name = "accuracy", .points = {{0, 0.5}, {10, 0.9}}, .side = Side::right});
  const std::string svg = draw(chart);
  REQUIRE(count(svg, "rotate(-90)") == 2);
  REQUIRE_THAT(svg, Contains(">0.9</text>") && Contains(">2.0</text>"));
}

TEST_CASE("names are escaped and marks carry their title") {
  LineChart chart = chart_of({{0, 1}, {10, 2}});
  chart.series[0].name = "<b>\"&'";
  chart.marks.push_back({{0, 1}, 0, "best <1>", "a & b"});
  const std::string svg = draw(chart);
  REQUIRE_THAT(svg, Contains("&lt;b&gt;&quot;&amp;&#39;") && !Contains("<b>") && Contains("best &lt;1&gt;") &&
                        Contains("<title>a &amp; b</title>"));
}

// Scatters: what the SVG holds, and where labels go.
#include "report/scatter.h"

#include "report/label_places.h"
#include "test.h"

using namespace seq;

TEST_CASE("a scatter is one SVG with a dot and an escaped label for each point", "[report]") {
  Scatter scatter;
  scatter.points.push_back({.x = 0, .y = 0, .label = "a<b", .group = 0, .leads = true});
  scatter.points.push_back({.x = 1, .y = 2, .label = "c&d", .title = "c \"and\" d", .group = 11});
  const std::string svg = draw(scatter);
  REQUIRE(svg.starts_with("<svg xmlns="));
  REQUIRE(svg.find(">a&lt;b</text>") != std::string::npos);
  REQUIRE(svg.find("<title>c &quot;and&quot; d</title>") != std::string::npos);
  REQUIRE(svg.find("a<b") == std::string::npos);
  REQUIRE(svg.find("nan") == std::string::npos);
  REQUIRE(scatter_page("words", scatter).find(svg) != std::string::npos);
}

TEST_CASE("a single point and equal points can be drawn", "[report]") {
  Scatter scatter;
  REQUIRE(draw(scatter).find("nan") == std::string::npos);
  for (int i = 0; i < 3; ++i) scatter.points.push_back({.x = 5, .y = 5, .label = "same"});
  const std::string svg = draw(scatter);
  REQUIRE(svg.find("nan") == std::string::npos);
  REQUIRE(svg.find("inf") == std::string::npos);
}

TEST_CASE("labels cover neither each other nor dots while there is room", "[report]") {
  std::vector<Label> labels;
  for (int i = 0; i < 30; ++i) labels.push_back({400 + 23.0 * (i % 6), 300 + 23.0 * (i / 6), 4, 60, 15});
  const Box frame{0, 0, 1000, 800};
  const std::vector<Box> boxes = place_labels(labels, frame);
  for (size_t i = 0; i < boxes.size(); ++i) {
    REQUIRE(boxes[i].overlap(frame) == Approx(60 * 15));
    for (size_t j = 0; j < i; ++j) REQUIRE(boxes[i].overlap(boxes[j]) == 0);
    for (const Label& dot : labels) REQUIRE(boxes[i].overlap({dot.x - 4, dot.y - 4, dot.x + 4, dot.y + 4}) == 0);
  }
}

// Axes: round ticks, labels, scales.
#include "report/axis.h"

#include <cmath>

#include "test.h"

using namespace seq;
using Labels = std::vector<std::string>;

TEST_CASE("ticks stand at round numbers around the values") {
  const Axis axis = make_axis(1.43, 2.61, Scale::linear, AxisEnds::at_ticks, 6);
  REQUIRE(axis.labels == Labels{"1.4", "1.6", "1.8", "2.0", "2.2", "2.4", "2.6", "2.8"});
  REQUIRE(axis.place(axis.least) == 0);
  REQUIRE(axis.place(axis.most) == 1);
}

TEST_CASE("an axis that ends at its data has ticks inside them") {
  const Axis axis = make_axis(0, 8920, Scale::linear, AxisEnds::at_data, 8);
  REQUIRE(axis.most == 8920);
  REQUIRE(axis.labels.front() == "0");
  REQUIRE(axis.labels.back() == "8000");
}

TEST_CASE("large and small numbers have short labels") {
  REQUIRE(make_axis(0, 150'000, Scale::linear, AxisEnds::at_ticks, 3).labels == Labels{"0", "50k", "100k", "150k"});
  REQUIRE(make_axis(0, 3e6, Scale::linear, AxisEnds::at_ticks, 3).labels == Labels{"0", "1M", "2M", "3M"});
  REQUIRE(make_axis(0, 3e-5, Scale::linear, AxisEnds::at_ticks, 3).labels == Labels{"0", "1e-5", "2e-5", "3e-5"});
  REQUIRE(make_axis(0, 0.002, Scale::linear, AxisEnds::at_ticks, 4).labels ==
          Labels{"0", "0.0005", "0.0010", "0.0015", "0.0020"});
  REQUIRE(make_axis(-1, 1, Scale::linear, AxisEnds::at_ticks, 4).labels == Labels{"-1.0", "-0.5", "0", "0.5", "1.0"});
}

TEST_CASE("a logarithmic axis has decades, or 1 2 5 when it is short") {
  REQUIRE(make_axis(1e-5, 0.5, Scale::log, AxisEnds::at_ticks, 5).labels ==
          Labels{"1e-5", "1e-4", "0.001", "0.01", "0.1", "1"});
  REQUIRE(make_axis(3, 40, Scale::log, AxisEnds::at_ticks, 6).labels == Labels{"2", "5", "10", "20", "50"});
  REQUIRE(make_axis(1, 100, Scale::log, AxisEnds::at_ticks, 4).place(10) == Approx(0.5));
}

TEST_CASE("a single value gets room, and every axis has finite ends and at least one tick") {
  for (const double value : {0.0, 1.0, -3.5, 1e-30, 1e90, -1e90})
    for (const double length : {0.0, 1e-12, 1e-3, 1.0, 1e9})
      for (const Scale scale : {Scale::linear, Scale::log}) {
        if (scale == Scale::log && value <= 0) continue;
        INFO(value << " to " << value + length);
        const Axis axis = make_axis(value, value + length, scale, AxisEnds::at_ticks, 6);
        REQUIRE(std::isfinite(axis.least));
        REQUIRE(axis.least < axis.most);
        REQUIRE_FALSE(axis.ticks.empty());
        REQUIRE(axis.ticks.size() < 60);
        REQUIRE(axis.ticks.size() == axis.labels.size());
        REQUIRE(axis.place(value) > -1e-6);
        REQUIRE(axis.place(value + length) < 1 + 1e-6);
      }
}

TEST_CASE("values over more than a decade and a half are shown logarithmically") {
  REQUIRE(fitting_scale(1, 31) == Scale::log);
  REQUIRE(fitting_scale(1, 29) == Scale::linear);
  REQUIRE(fitting_scale(0, 1000) == Scale::linear);
  REQUIRE(fitting_scale(-5, 1000) == Scale::linear);
}

TEST_CASE("numbers are written in four digits") {
  REQUIRE(number_text(1.61234) == "1.612");
  REQUIRE(number_text(0.002) == "0.002");
  REQUIRE(number_text(151234.4) == "151234");
  REQUIRE(number_text(std::nan("")) == "–");
}

// Event files: framing and messages, decoded by a reader written for this test.
#include "run/event_file.h"

#include <cstring>
#include <limits>
#include <protozero/pbf_reader.hpp>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

/// CRC-32C bit by bit, after its definition (RFC 3720, B.4).
uint32_t crc32c(const std::string& bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

uint32_t masked(const std::string& bytes) {
  const uint32_t crc = crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// The events of a file, its framing checked.
std::vector<std::string> events_of(const fs::path& file) {
  const std::string content = read_file(file);
  std::vector<std::string> events;
  for (size_t at = 0; at < content.size();) {
    REQUIRE(content.size() - at >= 12);
    uint64_t length = 0;
    uint32_t sum = 0;
    std::memcpy(&length, &content[at], 8);
    std::memcpy(&sum, &content[at + 8], 4);
    REQUIRE(sum == masked(content.substr(at, 8)));
    REQUIRE(length + 16 <= content.size() - at);
    events.push_back(content.substr(at + 12, length));
    std::memcpy(&sum, &content[at + 12 + length], 4);
    REQUIRE(sum == masked(events.back()));
    at += length + 16;
  }
  return events;
}

/// The one value of an event's summary.
std::string summary_value(const std::string& event, int64_t expected_step) {
  protozero::pbf_reader reader(event);
  std::string value;
  int64_t step = -1;
  while (reader.next()) {
    if (reader.tag() == 2) {
      step = reader.get_int64();
    } else if (reader.tag() == 5) {
      protozero::pbf_reader summary = reader.get_message();
      REQUIRE(summary.next(1));
      value = summary.get_bytes();
    } else {
      reader.skip();
    }
  }
  REQUIRE(step == expected_step);
  return value;
}

}  // namespace

TEST_CASE("the checksum of this test is CRC-32C") {
  REQUIRE(crc32c("123456789") == 0xE3069283);
}

TEST_CASE("a file starts with its version and the first step of the session") {
  const TemporaryFolder folder;
  EventFile(folder.path() / "events", 70);
  const auto files = files_in(folder.path() / "events");
  REQUIRE(files.size() == 1);
  REQUIRE_THAT(files[0].filename().string(), Catch::StartsWith("events.out.tfevents."));
  const auto events = events_of(files[0]);
  REQUIRE(events.size() == 2);
  protozero::pbf_reader version(events[0]);
  REQUIRE(version.next(3));
  REQUIRE(version.get_string() == "brain.Event:2");
  protozero::pbf_reader start(events[1]);
  REQUIRE(start.next(2));
  REQUIRE(start.get_int64() == 70);
  REQUIRE(start.next(7));
  protozero::pbf_reader session = start.get_message();
  REQUIRE(session.next(1));
  REQUIRE(session.get_enum() == 1);
}

TEST_CASE("a scalar carries its tag, step and value") {
  const TemporaryFolder folder;
  EventFile(folder.path(), 0).scalar("loss/train", 300, 1.25);
  const std::string message = summary_value(events_of(files_in(folder.path())[0]).at(2), 300);
  protozero::pbf_reader value(message);
  REQUIRE(value.next(1));
  REQUIRE(value.get_string() == "loss/train");
  REQUIRE(value.next(2));
  REQUIRE(value.get_float() == 1.25F);
}

TEST_CASE("a histogram counts every finite value once") {
  const TemporaryFolder folder;
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values = {-1, 0, 0.5, 3, 3, infinity, std::nanf("")};
  EventFile(folder.path(), 0).histogram("weights", 1, values);
  const std::string message = summary_value(events_of(files_in(folder.path())[0]).at(2), 1);
  protozero::pbf_reader value(message);
  REQUIRE(value.next(5));
  protozero::pbf_reader histogram = value.get_message();
  std::vector<double> numbers, limits, counts;
  while (histogram.next()) {
    if (histogram.tag() <= 5) {
      numbers.push_back(histogram.get_double());
    } else {
      auto& list = histogram.tag() == 6 ? limits : counts;
      for (const double number : histogram.get_packed_double()) list.push_back(number);
    }
  }
  REQUIRE(numbers == std::vector<double>{-1, 3, 5, 5.5, 19.25});
  REQUIRE(limits.size() == counts.size());
  REQUIRE(std::is_sorted(limits.begin(), limits.end()));
  REQUIRE(limits.back() == 3);
  double sum = 0;
  for (const double count : counts) sum += count;
  REQUIRE(sum == 5);
  REQUIRE(counts.front() == 1);
  REQUIRE(counts.back() == 2);
}

TEST_CASE("histograms of equal values have one bucket, those of nothing finite are not written") {
  const TemporaryFolder folder;
  EventFile events(folder.path(), 0);
  events.histogram("weights", 1, std::vector<float>{});
  events.histogram("weights", 1, std::vector<float>{std::nanf("")});
  events.histogram("weights", 1, std::vector<float>{2, 2});
  REQUIRE(events_of(files_in(folder.path())[0]).size() == 3);
}

TEST_CASE("text is kept as it is by an indentation") {
  const TemporaryFolder folder;
  EventFile(folder.path(), 0).text("sample", 5, "a\n\n# b\xff");
  const std::string message = summary_value(events_of(files_in(folder.path())[0]).at(2), 5);
  protozero::pbf_reader value(message);
  REQUIRE(value.next(8));
  protozero::pbf_reader tensor = value.get_message();
  REQUIRE(tensor.next(8));
  REQUIRE(tensor.get_bytes() == "    a\n    \n    # b\xff");
}

TEST_CASE("files of later sessions come later in the order of names") {
  const TemporaryFolder folder;
  folder.file("events.out.tfevents.4000000000.host.1", "");
  EventFile first(folder.path(), 0);
  EventFile second(folder.path(), 10);
  const auto files = files_in(folder.path());
  REQUIRE(files.size() == 3);
  REQUIRE_THAT(files[1].filename().string(), Catch::StartsWith("events.out.tfevents.4000000001."));
  REQUIRE_THAT(files[2].filename().string(), Catch::StartsWith("events.out.tfevents.4000000002."));
}

TEST_CASE("events that cannot be written are an error in one line") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(EventFile(folder.file("plain", "") / "events", 0), RunError);
}

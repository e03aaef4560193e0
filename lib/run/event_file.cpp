// Event files as TensorBoard reads them: https://github.com/tensorflow/tensorboard, tensorboard/compat/proto/*.proto.
#include "run/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/crc.hpp>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "base/error.h"

namespace seq {
namespace {

using protozero::pbf_writer;

// Field numbers, message by message.
enum class Event : uint32_t { wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7 };
enum class SummaryValue : uint32_t { tag = 1, simple_value = 2, histogram = 5, tensor = 8, metadata = 9 };
enum class Histogram : uint32_t { min = 1, max, num, sum, sum_squares, bucket_limit, bucket };
enum class Tensor : uint32_t { dtype = 1, shape = 2, string_val = 8 };
constexpr int kSessionStart = 1;
constexpr int kTypeString = 7;
constexpr int kDataClassTensor = 2;
constexpr size_t kBuckets = 64;
constexpr const char* kNamePrefix = "events.out.tfevents.";

template <class Field>
constexpr protozero::pbf_tag_type number(Field field) {
  return static_cast<protozero::pbf_tag_type>(field);
}

/// The checksum of TFRecord files: https://github.com/tensorflow/tensorflow, core/lib/hash/crc32c.h.
uint32_t masked_crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  const uint32_t sum = crc.checksum();
  return ((sum >> 15) | (sum << 17)) + 0xa282ead8U;
}

template <class Integer>
std::string little_endian(Integer value) {
  std::string bytes(sizeof value, '\0');
  for (size_t i = 0; i < sizeof value; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

/// A time later than that of every file in the folder: TensorBoard reads them in the order of their names.
int64_t next_seconds(const std::filesystem::path& folder) {
  auto seconds = static_cast<int64_t>(now());
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kNamePrefix, 0) != 0) continue;
    const int64_t taken = std::strtoll(name.c_str() + std::strlen(kNamePrefix), nullptr, 10);
    if (taken < INT64_MAX) seconds = std::max(seconds, taken + 1);
  }
  return seconds;
}

/// Equal buckets from the least to the greatest value.
std::string histogram_message(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double width = (*most - *least) / static_cast<double>(kBuckets);
  std::vector<double> counts(width > 0 ? kBuckets : 1, 0.0);
  std::vector<double> limits(counts.size(), *most);
  for (size_t i = 0; i + 1 < limits.size(); ++i) limits[i] = *least + width * static_cast<double>(i + 1);
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    const double place = width > 0 ? (value - *least) / width : 0.0;
    counts[std::min(static_cast<size_t>(place), counts.size() - 1)] += 1;
    sum += value;
    squares += value * value;
  }
  std::string message;
  pbf_writer writer(message);
  writer.add_double(number(Histogram::min), *least);
  writer.add_double(number(Histogram::max), *most);
  writer.add_double(number(Histogram::num), static_cast<double>(values.size()));
  writer.add_double(number(Histogram::sum), sum);
  writer.add_double(number(Histogram::sum_squares), squares);
  writer.add_packed_double(number(Histogram::bucket_limit), limits.begin(), limits.end());
  writer.add_packed_double(number(Histogram::bucket), counts.begin(), counts.end());
  return message;
}

std::string indented(const std::string& text) {
  std::string result = "    ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "    ";
  }
  return result;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& folder, int64_t first_step) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw RunError(folder.string() + ": cannot be created: " + failed.message());
  path_ = folder / fmt::format("{}{}.{}.{}", kNamePrefix, next_seconds(folder), host_name(), getpid());
  out_.open(path_, std::ios::binary);

  std::string version;
  pbf_writer version_writer(version);
  version_writer.add_double(number(Event::wall_time), now());
  version_writer.add_string(number(Event::file_version), "brain.Event:2");
  write_event(version);

  std::string start;
  pbf_writer start_writer(start);
  start_writer.add_double(number(Event::wall_time), now());
  start_writer.add_int64(number(Event::step), first_step);
  pbf_writer session(start_writer, number(Event::session_log));
  session.add_enum(1, kSessionStart);
  session.commit();
  write_event(start);
}

void EventFile::scalar(const std::string& tag, int64_t step, double value) {
  std::string message;
  pbf_writer writer(message);
  writer.add_string(number(SummaryValue::tag), tag);
  writer.add_float(number(SummaryValue::simple_value), static_cast<float>(value));
  write_summary(step, message);
}

void EventFile::histogram(const std::string& tag, int64_t step, std::span<const float> values) {
  std::vector<double> finite;
  finite.reserve(values.size());
  for (const float value : values)
    if (std::isfinite(value)) finite.push_back(static_cast<double>(value));
  if (finite.empty()) return;
  std::string message;
  pbf_writer writer(message);
  writer.add_string(number(SummaryValue::tag), tag);
  writer.add_message(number(SummaryValue::histogram), histogram_message(finite));
  write_summary(step, message);
}

void EventFile::text(const std::string& tag, int64_t step, const std::string& value) {
  std::string message;
  pbf_writer writer(message);
  writer.add_string(number(SummaryValue::tag), tag);
  {
    pbf_writer tensor(writer, number(SummaryValue::tensor));
    tensor.add_enum(number(Tensor::dtype), kTypeString);
    {
      pbf_writer shape(tensor, number(Tensor::shape));
      pbf_writer dimension(shape, 2);
      dimension.add_int64(1, 1);
    }
    tensor.add_bytes(number(Tensor::string_val), indented(value));
  }
  {
    pbf_writer metadata(writer, number(SummaryValue::metadata));
    {
      pbf_writer plugin(metadata, 1);
      plugin.add_string(1, "text");
    }
    metadata.add_enum(4, kDataClassTensor);
  }
  write_summary(step, message);
}

void EventFile::write_summary(int64_t step, const std::string& value) {
  std::string event;
  pbf_writer writer(event);
  writer.add_double(number(Event::wall_time), now());
  writer.add_int64(number(Event::step), step);
  {
    pbf_writer summary(writer, number(Event::summary));
    summary.add_message(1, value);
  }
  write_event(event);
}

void EventFile::write_event(const std::string& event) {
  const std::string length = little_endian(static_cast<uint64_t>(event.size()));
  out_ << length << little_endian(masked_crc32c(length)) << event << little_endian(masked_crc32c(event)) << std::flush;
  if (!out_) throw RunError(path_.string() + ": cannot be written: " + std::strerror(errno));
}

}  // namespace seq

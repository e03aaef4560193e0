// Syntax of ARPA files.
#include "ngram/arpa_sections.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "text/lines.h"

namespace seq::ngram {
namespace {

constexpr float kNever = -99;  // stands for -inf

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view next_field(std::string_view& line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  size_t size = 0;
  while (size < line.size() && !is_blank(line[size])) ++size;
  const std::string_view field = line.substr(0, size);
  line.remove_prefix(size);
  return field;
}

std::string shown(std::string_view text, size_t most) {
  return "\"" + std::string(text.substr(0, most)) + "\"";
}

}  // namespace

ArpaSections::ArpaSections(const fs::path& path) : name_(shown_name(path)), lines_(path) {
  read_counts();
}

void ArpaSections::refuse_at(int64_t line, const std::string& why) const {
  throw Error(name_ + ":" + std::to_string(line) + ": " + why);
}

/// The next line, or an Error when there is none.
std::string_view ArpaSections::next_line() {
  std::string_view line;
  if (!lines_.next(line)) refuse("cut short: the file ends without \\end\\");
  return line;
}

/// The next line that is not blank, its blanks at both ends cut off.
std::string_view ArpaSections::next_content() {
  for (;;) {
    std::string_view line = next_line();
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    if (!line.empty()) return line;
  }
}

void ArpaSections::read_counts() {
  std::string_view line;
  do {  // what stands before is a comment
    if (!lines_.next(line)) throw Error(name_ + ": not an ARPA file (no line is \\data\\)");
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  } while (line != "\\data\\");
  for (line = next_content(); line.front() != '\\'; line = next_content()) read_count(line);
  if (counts_.empty()) refuse("no counts between \\data\\ and the first section");
  expect_section(line, 1);
}

/// `ngram 2=1234`, with blanks anywhere.
void ArpaSections::read_count(std::string_view line) {
  if (next_field(line) != "ngram") refuse("expected \"ngram 1=COUNT\" or \\1-grams:");
  uint64_t order = 0;
  uint64_t count = 0;
  std::string text;
  for (std::string_view part = next_field(line); !part.empty(); part = next_field(line)) text += part;
  const char* const end = text.data() + text.size();
  const auto left = std::from_chars(text.data(), end, order);
  const bool has_count = left.ec == std::errc() && left.ptr != end && *left.ptr == '=' && left.ptr + 1 != end;
  if (!has_count) refuse("expected \"ngram ORDER=COUNT\"");
  const auto right = std::from_chars(left.ptr + 1, end, count);
  if (right.ptr != end || right.ec == std::errc::invalid_argument) refuse("expected \"ngram ORDER=COUNT\"");
  if (order != counts_.size() + 1) refuse("expected the count of order " + std::to_string(counts_.size() + 1));
  if (order > static_cast<uint64_t>(kMaxOrder))
    refuse("order " + std::to_string(order) + " (at most " + std::to_string(kMaxOrder) + ")");
  if (right.ec != std::errc() || count >= UINT32_MAX)
    refuse("more n-grams than can be read (at most 4,294,967,294 of an order)");
  counts_.push_back(count);
}

void ArpaSections::expect_section(std::string_view line, size_t length) {
  const std::string wanted = "\\" + std::to_string(length) + "-grams:";
  if (line != wanted) refuse("expected " + wanted + ", found " + shown(line, 60));
  first_line_ = lines_.number() + 1;
}

float ArpaSections::number(std::string_view field, const char* what) const {
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  double value = 0;  // what is too small for a float is 0
  const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
  if (read.ec == std::errc::result_out_of_range) value = std::strtod(std::string(field).c_str(), nullptr);
  const bool whole = read.ptr == field.data() + field.size() && read.ec != std::errc::invalid_argument;
  if (!whole || std::isnan(value)) refuse(shown(field, 40) + " is not a " + what);
  return static_cast<float>(value);
}

const ArpaEntry& ArpaSections::next(size_t length) {
  std::string_view line = next_line();
  const std::string_view first = next_field(line);
  if (first.empty() || first.front() == '\\')
    refuse(std::to_string(lines_.number() - first_line_) + " n-grams of order " + std::to_string(length) +
           ", the header says " + std::to_string(counts_[length - 1]));
  entry_.probability = number(first, "log-probability");
  if (entry_.probability > 0) refuse("log-probability " + std::string(first) + " is above 0");
  if (std::isinf(entry_.probability)) entry_.probability = kNever;
  for (size_t i = 0; i < length; ++i) {
    entry_.words[i] = next_field(line);
    if (entry_.words[i].empty()) refuse(std::to_string(i) + " words, expected " + std::to_string(length));
    if (entry_.words[i] == "<UNK>") entry_.words[i] = "<unk>";
  }
  entry_.backoff = 0;
  if (const std::string_view last = next_field(line); !last.empty()) {
    if (length == counts_.size()) refuse("more than " + std::to_string(length) + " words");
    entry_.backoff = number(last, "back-off (or there are too many words)");
    if (std::isinf(entry_.backoff)) refuse("a back-off that is not finite");
    if (!next_field(line).empty()) refuse("more than " + std::to_string(length) + " words and a back-off");
  }
  return entry_;
}

void ArpaSections::end(size_t length) {
  std::string_view rest = next_line();
  const std::string_view field = next_field(rest);
  if (!field.empty() && field.front() != '\\')
    refuse("more n-grams of order " + std::to_string(length) + " than the header's " +
           std::to_string(counts_[length - 1]));
  const std::string_view line = field.empty() ? next_content() : field;
  if (length < counts_.size()) return expect_section(line, length + 1);
  if (line != "\\end\\") refuse("expected \\end\\, found " + shown(line, 60));
}

}  // namespace seq::ngram

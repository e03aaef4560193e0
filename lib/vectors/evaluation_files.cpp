// Reading files of analogies and of similarity judgements, in the layouts that these are published in.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/trimmed.h"
#include "vectors/evaluate.h"
#include "vectors/folded_words.h"

namespace seq::vectors {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// Lines that say something, with their numbers.
class Lines {
 public:
  explicit Lines(const fs::path& path) : path_(path), reader_(path) {}

  bool next(std::string_view& line) {
    while (reader_.next(line)) {
      if (reader_.number() == 1) line = without_byte_order_mark(line);
      line = trimmed(line, kBlanks);
      if (!line.empty() && line.front() != '#') return true;
    }
    return false;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(fmt::format("{}:{}: {}", path_.string(), reader_.number(), what));
  }

 private:
  const fs::path& path_;
  LineReader reader_;
};

std::optional<double> number(std::string_view field) {
  double value = 0;
  const auto [rest, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || rest != field.data() + field.size()) return std::nullopt;
  return value;
}

/// What separates the columns; a space when it is none of the rarer ones.
char separator_of(std::string_view line) {
  for (const char c : {'\t', ';', ','})
    if (line.find(c) != std::string_view::npos) return c;
  return ' ';
}

std::vector<std::string_view> columns_of(std::string_view line, char separator) {
  if (separator == ' ') return split_words(line);
  std::vector<std::string_view> columns;
  for (;;) {
    const size_t end = line.find(separator);
    columns.push_back(trimmed(line.substr(0, end), kBlanks));
    if (end == std::string_view::npos) return columns;
    line.remove_prefix(end + 1);
  }
}

/// The column of a header line that holds the judgement.
std::optional<size_t> judgement_column(const std::vector<std::string_view>& header) {
  for (size_t i = 2; i < header.size(); ++i) {
    const std::string name = upper_case(header[i]);
    for (const char* known : {"HUMAN (MEAN)", "SIMLEX999", "SIMLEX-999", "SCORE", "SIMILARITY", "MEAN", "RATING"})
      if (name == known) return i;
  }
  return std::nullopt;
}

std::optional<size_t> first_number(const std::vector<std::string_view>& columns) {
  for (size_t i = 2; i < columns.size(); ++i)
    if (number(columns[i])) return i;
  return std::nullopt;
}

}  // namespace

std::vector<AnalogySection> read_analogies(const fs::path& path) {
  Lines lines(path);
  std::vector<AnalogySection> sections;
  for (std::string_view line; lines.next(line);) {
    if (line.front() == ':') {
      sections.push_back({std::string(trimmed(line.substr(1), kBlanks)), {}});
      continue;
    }
    const std::vector<std::string_view> words = split_words(line);
    if (words.size() != 4)
      lines.fail(fmt::format("{} words, expected 4 (a is to b as c is to d) or `: name of a section`", words.size()));
    if (sections.empty()) sections.push_back({"all", {}});
    sections.back().questions.push_back(
        {std::string(words[0]), std::string(words[1]), std::string(words[2]), std::string(words[3])});
  }
  if (std::all_of(sections.begin(), sections.end(), [](const auto& one) { return one.questions.empty(); }))
    throw Error(path.string() + ": no questions in it (expected lines of 4 words)");
  return sections;
}

bool is_analogy_file(const fs::path& path) {
  Lines lines(path);
  std::string_view line;
  if (!lines.next(line)) throw Error(path.string() + ": empty, expected analogies or pairs of words with a number");
  if (line.front() == ':') return true;
  const std::vector<std::string_view> words = split_words(line);
  return words.size() == 4 && separator_of(line) == ' ' && !first_number(words);
}

std::vector<WordPair> read_similarities(const fs::path& path) {
  Lines lines(path);
  std::vector<WordPair> pairs;
  char separator = ' ';
  std::optional<size_t> column;
  bool first_line = true;
  for (std::string_view line; lines.next(line); first_line = false) {
    if (first_line) separator = separator_of(line);
    const std::vector<std::string_view> columns = columns_of(line, separator);
    if (first_line) column = judgement_column(columns);
    if (first_line && (column || (columns.size() >= 3 && !first_number(columns)))) continue;  // a header
    if (!column) column = first_number(columns);
    if (!column || *column >= columns.size() || columns[0].empty() || columns[1].empty())
      lines.fail("expected two words and a number (between tabs, commas, semicolons or spaces)");
    const auto value = number(columns[*column]);
    if (!value || !std::isfinite(*value))
      lines.fail(fmt::format("column {} is \"{}\", expected a number", *column + 1, columns[*column].substr(0, 40)));
    pairs.push_back({std::string(columns[0]), std::string(columns[1]), *value});
  }
  if (pairs.empty()) throw Error(path.string() + ": no pairs in it (expected two words and a number on each line)");
  return pairs;
}

}  // namespace seq::vectors

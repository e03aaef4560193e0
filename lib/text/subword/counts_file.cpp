// Escaping, order and sums.
#include "text/subword/counts_file.h"

#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "text/lines.h"
#include "text/utf8.h"

namespace seq {
namespace {

constexpr const char* kKind = "seqtool word counts";
constexpr int kVersion = 1;
constexpr std::string_view kEscaped = "\t\n\r\\";
constexpr std::string_view kEscapes = "tnr\\";

void append_escaped(std::string_view word, std::string& line) {
  for (const char c : word) {
    const size_t place = kEscaped.find(c);
    if (place == std::string_view::npos) {
      line += c;
    } else {
      line += '\\';
      line += kEscapes[place];
    }
  }
}

/// False when a backslash is followed by something else than we write.
bool unescape(std::string_view text, std::string& word) {
  word.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      word += text[i];
      continue;
    }
    const size_t place = ++i < text.size() ? kEscapes.find(text[i]) : std::string_view::npos;
    if (place == std::string_view::npos) return false;
    word += kEscaped[place];
  }
  return true;
}

struct Totals {
  uint64_t words = 0;
  uint64_t occurrences = 0;
  bool operator==(const Totals&) const = default;
};

CountsHeader parse_header(std::string_view line, const std::string& place, Totals& totals) {
  const auto refuse = [&](const std::string& why) -> Error {
    return Error(place + ": " + why + " (expected a file that seqtool tokenize count wrote)");
  };
  if (!line.starts_with('{')) throw refuse("not a file of word counts");
  Json json;
  try {
    json = parse_json(line, place);
  } catch (const Error&) {
    throw refuse("not a file of word counts");
  }
  if (!json.is_object() || json.value("format", Json()) != Json(kKind)) throw refuse("not a file of word counts");
  if (json.value("version", Json()) != Json(kVersion)) throw refuse("a version that is not known here");
  for (const auto& [key, total] : {std::pair{"words", &totals.words}, std::pair{"occurrences", &totals.occurrences}}) {
    const Json value = json.value(key, Json());
    if (!value.is_number_unsigned()) throw refuse(std::string(key) + " is missing");
    *total = value.get<uint64_t>();
  }
  return {json.value("normalizer", Json()), json.value("pre_tokenizer", Json())};
}

}  // namespace

void write_counts(const fs::path& path, const CountsHeader& header, const WordCounts& counts) {
  const auto entries = counts.sorted();
  uint64_t occurrences = 0;
  for (const auto& entry : entries) occurrences += entry.count;
  const Json json = {{"format", kKind},
                     {"version", kVersion},
                     {"normalizer", header.normaliser},
                     {"pre_tokenizer", header.pre_tokenizer},
                     {"words", entries.size()},
                     {"occurrences", occurrences}};
  std::optional<AtomicFile> file;
  if (path != "-") file.emplace(path);
  const auto write = [&](std::string_view text) {
    if (file) {
      file->write(text);
    } else if (!std::cout.write(text.data(), static_cast<std::streamsize>(text.size()))) {
      throw RunError("stdout: cannot be written");
    }
  };
  write(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  std::string line;
  for (const auto& [word, count] : entries) {
    line.clear();
    append_escaped(word, line);
    line += '\t';
    line += std::to_string(count);
    line += '\n';
    write(line);
  }
  if (file) file->commit();
  if (!file && !std::cout.flush()) throw RunError("stdout: cannot be written");
}

CountsHeader read_counts(const fs::path& path, WordCounts& counts) {
  const std::string name = shown_name(path);
  LineReader lines(path);
  std::string_view line;
  Totals expected, found;
  if (!lines.next(line)) throw Error(name + ": empty, expected word counts");
  CountsHeader header = parse_header(line, name + ":1", expected);
  std::string word, previous;
  while (lines.next(line)) {
    const auto refuse = [&](const std::string& why) {
      return Error(fmt::format("{}:{}: {}", name, lines.number(), why));
    };
    const size_t tab = line.find('\t');
    uint64_t count = 0;
    if (tab == std::string_view::npos || tab == 0) throw refuse("no word and count (expected word<TAB>count)");
    const std::string_view digits = line.substr(tab + 1);
    const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (failure != std::errc{} || stop != digits.data() + digits.size() || count == 0)
      throw refuse("the count is not a positive number");
    if (find_invalid_utf8(line) != std::string_view::npos || !unescape(line.substr(0, tab), word))
      throw refuse("the word is damaged");
    if (found.words > 0 && word <= previous) throw refuse("out of order, or double");
    counts.add(word, count);
    previous = word;
    ++found.words;
    if (__builtin_add_overflow(found.occurrences, count, &found.occurrences)) throw refuse("the counts are too large");
  }
  if (found != expected)
    throw Error(fmt::format("{}: cut short or damaged: {} words, {} occurrences; its first line says {}, {}", name,
                            found.words, found.occurrences, expected.words, expected.occurrences));
  return header;
}

}  // namespace seq

// Vectors as text, a word and its numbers on each line: word2vec and fastText (with a header), GloVe (without).
// Lines are read in big portions, whose numbers are parsed by all threads.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/parallel.h"
#include "vectors/formats.h"
#include "vectors/growing_matrix.h"

namespace seq::vectors {
namespace {

constexpr size_t kPortion = size_t{4} << 20;
constexpr size_t kLongestLine = size_t{256} << 20;

bool is_separator(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (is_separator(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

/// The next field, which is taken off the line; empty at its end.
std::string_view next_field(std::string_view& line) {
  size_t begin = 0;
  while (begin < line.size() && is_separator(line[begin])) ++begin;
  size_t end = begin;
  while (end < line.size() && !is_separator(line[end])) ++end;
  const std::string_view field = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return field;
}

int64_t count_fields(std::string_view line) {
  int64_t count = 0;
  while (!next_field(line).empty()) ++count;
  return count;
}

/// A field as a number; NaN and infinities are numbers here.
bool parse_float(std::string_view field, float& value) {
  if (!field.empty() && field.front() == '+') field.remove_prefix(1);
  const char* const end = field.data() + field.size();
  const auto [rest, error] = std::from_chars(field.data(), end, value);
  if (error == std::errc{}) return rest == end && !field.empty();
  if (error != std::errc::result_out_of_range || rest != end) return false;
  value = std::strtof(std::string(field).c_str(), nullptr);  // too small: zero or nearly; too large: infinite
  return true;
}

std::string shown(std::string_view text) {
  constexpr size_t kMost = 40;
  return "\"" + std::string(text.substr(0, kMost)) + (text.size() > kMost ? "…\"" : "\"");
}

/// A line whose word is known and whose numbers are not parsed yet.
struct Line {
  std::string_view text;
  std::string_view word;
  int64_t number = 0;
};

class TextReader {
 public:
  TextReader(ByteSource& source, const Header* header, const LoadOptions& options)
      : source_(source), header_(header), options_(options), line_number_(header != nullptr ? 1 : 0) {
    limited_ = options.limit > 0 && (header == nullptr || options.limit <= header->words);
  }

  Table read() {
    if (header_ != nullptr) start(header_->dimension);
    while ((!limited_ || wanted() > 0) && read_portion()) {
    }
    if (!matrix_) throw Error(source_.name() + ": no word vectors in it (the file is empty)");
    if (header_ != nullptr && wanted() > 0)
      throw Error(fmt::format("{}: cut short: its header says {} words, it has {}", source_.name(), header_->words,
                              matrix_->rows()));
    return {words_, std::move(*matrix_).finish()};
  }

 private:
  [[noreturn]] void fail(int64_t line, const std::string& what) const {
    throw Error(fmt::format("{}:{}: {}", source_.name(), line, what));
  }

  void start(int64_t dimension) {
    dimension_ = dimension;
    matrix_ = std::make_unique<GrowingMatrix>(dimension);
  }

  /// How many more words to read; as good as unlimited without header and limit.
  int64_t wanted() const {
    int64_t most = limited_ ? options_.limit : std::numeric_limits<int64_t>::max();
    if (!limited_ && header_ != nullptr) most = header_->words;
    return most - words_->size();
  }

  /// False at the end of the file.
  bool read_portion() {
    const std::string_view text = complete_lines();
    if (text.empty()) return false;
    lines_.clear();
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      ++line_number_;
      const std::string_view line = trimmed(text.substr(at, end - at));
      at = end + 1;
      if (line.empty()) continue;
      if (static_cast<int64_t>(lines_.size()) == wanted()) {
        if (limited_) break;
        fail(line_number_, fmt::format("more words than the {} that the header says", header_->words));
      }
      lines_.push_back({line, {}, line_number_});
    }
    if (!lines_.empty()) parse();
    source_.skip(text.size());
    return true;
  }

  /// Some whole lines; the last may lack its end.
  std::string_view complete_lines() {
    for (size_t size = kPortion;; size *= 2) {
      const std::string_view text = source_.peek(size);
      if (text.size() < size) return text;
      const size_t end = text.rfind('\n');
      if (end != std::string_view::npos) return text.substr(0, end + 1);
      if (size >= kLongestLine)
        fail(line_number_ + 1, fmt::format("a line of more than {} MB: not word vectors", kLongestLine >> 20));
    }
  }

  void parse() {
    if (!matrix_) start_from(lines_.front());
    const int64_t first = matrix_->rows();
    const auto count = static_cast<int64_t>(lines_.size());
    matrix_->grow(count);
    parallel_ranges(count, options_.threads, 200, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) parse_line(lines_[static_cast<size_t>(i)], matrix_->row(first + i));
    });
    for (const Line& line : lines_)
      if (!words_->add(line.word))
        fail(line.number, fmt::format("the word {} is there twice (first as word {}); remove one of the lines",
                                      shown(line.word), *words_->find(line.word) + 1));
  }

  /// Without a header, the first line tells the dimension.
  void start_from(const Line& line) {
    std::string_view rest = line.text;
    next_field(rest);
    float value = 0;
    std::string_view numbers = rest;
    if (!parse_float(next_field(numbers), value))
      fail(line.number,
           "not word vectors: expected a word and its numbers (word2vec, GloVe or fastText text), or a "
           "word2vec binary, npy or safetensors file");
    start(count_fields(rest));
  }

  void parse_line(Line& line, float* values) const {
    std::string_view rest = line.text;
    line.word = next_field(rest);
    const int64_t surplus = parse_numbers(line, rest, values);
    if (surplus == 0) return;
    // GloVe has words with spaces in them (`. . .`): the numbers are the last fields then, and what stands before
    // them does not look like one.
    float number = 0;
    std::string_view second = rest;
    if (surplus < 0 || parse_float(next_field(second), number))
      fail(line.number, fmt::format("{} numbers, expected {}", dimension_ + surplus, dimension_));
    for (int64_t i = 0; i < surplus; ++i) next_field(rest);
    line.word = line.text.substr(0, static_cast<size_t>(rest.data() - line.text.data()));
    parse_numbers(line, rest, values);
  }

  /// How many fields more than the dimension there are; when there are none, all were parsed.
  int64_t parse_numbers(const Line& line, std::string_view rest, float* values) const {
    for (int64_t i = 0; i < dimension_; ++i) {
      const std::string_view field = next_field(rest);
      if (field.empty()) return i - dimension_;
      if (!parse_float(field, values[i])) {
        const int64_t surplus = i + 1 + count_fields(rest) - dimension_;
        if (surplus > 0) return surplus;
        fail(line.number, fmt::format("{} is not a number (number {} of {})", shown(field), i + 1, shown(line.word)));
      }
      if (!std::isfinite(values[i]))
        fail(line.number, fmt::format("number {} of {} is {}; remove the line or train again with a smaller rate",
                                      i + 1, shown(line.word), field));
    }
    return count_fields(rest);
  }

  ByteSource& source_;
  const Header* header_;
  const LoadOptions& options_;
  std::shared_ptr<WordList> words_ = std::make_shared<WordList>();
  std::unique_ptr<GrowingMatrix> matrix_;
  std::vector<Line> lines_;
  int64_t dimension_ = 0;
  int64_t line_number_;
  bool limited_;  // by --limit rather than by the header
};

}  // namespace

Table read_text(ByteSource& source, const Header* header, const LoadOptions& options) {
  return TextReader(source, header, options).read();
}

}  // namespace seq::vectors

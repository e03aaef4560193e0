// ARPA files into a sink.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "ngram/arpa.h"
#include "ngram/arpa_words.h"

namespace seq::ngram {
namespace {

constexpr float kMissingUnknown = -100;
constexpr float kMissingBoundary = -99;

/// The n-grams of one order, sorted.
struct Order {
  std::vector<WordId> words;  ///< [n * order]
  std::vector<float> probabilities;
  std::vector<float> backoffs;
  std::vector<uint32_t> lines;  ///< after the section's first, where the n-grams had to be sorted
};

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

/// -1 when the first n-gram comes before the second, by their last words first.
int compare_suffixes(const WordId* a, const WordId* b, size_t length) {
  for (size_t i = length; i-- > 0;)
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  return 0;
}

/// Which n-grams of an order there are, by their hashes.
class Contexts {
 public:
  Contexts(const Order& order, size_t length) : slots_(std::bit_ceil(order.probabilities.size() * 3 / 2 + 2)) {
    for (size_t i = 0; i < order.words.size(); i += length) {
      const uint64_t hash = hash_of(&order.words[i], length);
      size_t slot = hash & (slots_.size() - 1);
      while (slots_[slot] != 0) slot = (slot + 1) & (slots_.size() - 1);
      slots_[slot] = hash;
    }
  }
  static uint64_t hash_of(const WordId* words, size_t length) {
    uint64_t hash = 0;
    for (size_t i = 0; i < length; ++i) hash = extend_hash(hash, words[i]);
    return hash == 0 ? 1 : hash;
  }
  void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & (slots_.size() - 1)]); }
  bool contain(uint64_t hash) const {
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != 0 && slots_[slot] != hash) slot = (slot + 1) & (slots_.size() - 1);
    return slots_[slot] == hash;
  }

 private:
  std::vector<uint64_t> slots_;
};

class ArpaReader {
 public:
  ArpaReader(const fs::path& path, ModelSink& sink)
      : name_(path == "-" ? "stdin" : path.string()), lines_(path), sink_(sink) {}

  void read() {
    read_counts();
    Order before = read_unigrams();
    for (size_t length = 2; length <= counts_.size(); ++length) {
      Order order = read_order(length);
      sort(order, length);
      check_closed(order, before, length);
      send(order, length);
      before = std::move(order);
    }
    sink_.finish();
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { refuse_at(lines_.number(), why); }
  [[noreturn]] void refuse_at(int64_t line, const std::string& why) const {
    throw Error(name_ + ":" + std::to_string(line) + ": " + why);
  }

  /// The next line, or an Error when there is none.
  std::string_view next_line() {
    std::string_view line;
    if (!lines_.next(line)) refuse("cut short: the file ends without \\end\\");
    return line;
  }
  /// The next line that is not blank, its blanks at both ends cut off.
  std::string_view next_content() {
    for (;;) {
      std::string_view line = next_line();
      while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
      while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
      if (!line.empty()) return line;
    }
  }
  void expect_line(const std::string& wanted) {
    const std::string_view line = next_content();
    if (line != wanted) refuse("expected " + wanted + ", found \"" + std::string(line.substr(0, 60)) + "\"");
  }

  void read_counts() {
    std::string_view line;
    do {  // what stands before is a comment
      if (!lines_.next(line)) throw Error(name_ + ": not an ARPA file (no line is \\data\\)");
      while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    } while (line != "\\data\\");
    for (;;) {
      line = next_content();
      if (line.front() == '\\') break;
      if (next_field(line) != "ngram") refuse("expected \"ngram 1=COUNT\" or \\1-grams:");
      uint64_t order = 0;
      uint64_t count = 0;
      std::string text;
      for (std::string_view part = next_field(line); !part.empty(); part = next_field(line)) text += part;
      const char* const end = text.data() + text.size();
      const auto left = std::from_chars(text.data(), end, order);
      const bool has_count = left.ec == std::errc() && left.ptr != end && *left.ptr == '=';
      if (!has_count || std::from_chars(left.ptr + 1, end, count).ptr != end || left.ptr + 1 == end)
        refuse("expected \"ngram ORDER=COUNT\"");
      if (order != counts_.size() + 1) refuse("expected the count of order " + std::to_string(counts_.size() + 1));
      if (order > static_cast<uint64_t>(kMaxOrder))
        refuse("order " + std::to_string(order) + " (at most " + std::to_string(kMaxOrder) + ")");
      if (count >= UINT32_MAX) refuse("more n-grams than can be read (at most 4,294,967,294 of an order)");
      counts_.push_back(count);
    }
    if (counts_.empty()) refuse("no counts between \\data\\ and the first section");
    expect_section(line, 1);
  }

  void expect_section(std::string_view line, size_t length) {
    const std::string wanted = "\\" + std::to_string(length) + "-grams:";
    if (line != wanted) refuse("expected " + wanted + ", found \"" + std::string(line.substr(0, 60)) + "\"");
    section_line_ = lines_.number() + 1;
  }

  float number(std::string_view field, const char* what) const {
    if (!field.empty() && field.front() == '+') field.remove_prefix(1);
    float value = 0;
    const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
    if (read.ec == std::errc::result_out_of_range) value = field.front() == '-' ? -INFINITY : INFINITY;
    const bool whole = read.ptr == field.data() + field.size() && read.ec != std::errc::invalid_argument;
    if (!whole || std::isnan(value)) refuse("\"" + std::string(field.substr(0, 40)) + "\" is not a " + what);
    return value;
  }

  /// Splits a line of a section; the word fields are left in `fields_`.
  void read_entry(size_t length, float& probability, float& backoff) {
    std::string_view line = next_line();
    const std::string_view first = next_field(line);
    if (first.empty() || first.front() == '\\')
      refuse(std::to_string(lines_.number() - section_line_) + " n-grams of order " + std::to_string(length) +
             ", the header says " + std::to_string(counts_[length - 1]));
    probability = number(first, "log-probability");
    if (probability > 0) refuse("log-probability " + std::string(first) + " is above 0");
    if (std::isinf(probability)) probability = kMissingBoundary;
    for (size_t i = 0; i < length; ++i) {
      fields_[i] = next_field(line);
      if (fields_[i].empty()) refuse(std::to_string(i) + " words, expected " + std::to_string(length));
    }
    backoff = 0;
    if (const std::string_view last = next_field(line); !last.empty()) {
      if (length == counts_.size()) refuse("more than " + std::to_string(length) + " words");
      backoff = number(last, "back-off (or there are too many words)");
      if (std::isinf(backoff)) refuse("a back-off that is not finite");
      if (!next_field(line).empty()) refuse("more than " + std::to_string(length) + " words and a back-off");
    }
  }

  /// After the n-grams that the header counts.
  void end_section(size_t length) {
    std::string_view line = next_line();
    std::string_view rest = line;
    const std::string_view field = next_field(rest);
    if (!field.empty() && field.front() != '\\')
      refuse("more n-grams of order " + std::to_string(length) + " than the header's " +
             std::to_string(counts_[length - 1]));
    if (length == counts_.size()) {
      if (field.empty())
        expect_line("\\end\\");
      else if (field != "\\end\\")
        refuse("expected \\end\\");
      return;
    }
    expect_section(field.empty() ? next_content() : field, length + 1);
  }

  Order read_unigrams() {
    Order order;
    std::vector<bool> seen;
    for (uint64_t i = 0; i < counts_[0]; ++i) {
      float probability;
      float backoff;
      read_entry(1, probability, backoff);
      const WordId id = vocabulary_.add(fields_[0] == "<UNK>" ? "<unk>" : fields_[0]);
      const size_t size = vocabulary_.words().size();
      seen.resize(size);
      order.probabilities.resize(size);
      order.backoffs.resize(size);
      if (seen[id]) refuse("the word " + std::string(fields_[0]) + " comes twice");
      seen[id] = true;
      order.probabilities[id] = probability;
      order.backoffs[id] = backoff;
    }
    seen.resize(std::max<size_t>(seen.size(), kEndSentence + 1));
    order.probabilities.resize(seen.size());
    order.backoffs.resize(seen.size());
    for (const WordId id : {kUnknownWord, kBeginSentence, kEndSentence})
      if (!seen[id]) order.probabilities[id] = id == kUnknownWord ? kMissingUnknown : kMissingBoundary;
    order.words.resize(seen.size());
    std::iota(order.words.begin(), order.words.end(), WordId{0});
    end_section(1);
    std::vector<uint64_t> counts = counts_;
    counts[0] = seen.size();
    sink_.begin(vocabulary_.words(), counts);
    send(order, 1);
    return order;
  }

  Order read_order(size_t length) {
    Order order;
    const uint64_t count = counts_[length - 1];
    first_line_ = section_line_;
    const size_t expected = static_cast<size_t>(std::min<uint64_t>(count, 1 << 20));  // a header may lie
    order.words.reserve(expected * length);
    std::vector<std::string> last(length);  // n-grams in suffix order share most of their words with the one before
    std::vector<WordId> ids(length);
    for (uint64_t i = 0; i < count; ++i) {
      float probability;
      float backoff;
      read_entry(length, probability, backoff);
      for (size_t j = 0; j < length; ++j) {
        if (fields_[j] != last[j]) {
          if (!vocabulary_.find(fields_[j] == "<UNK>" ? "<unk>" : fields_[j], ids[j]))
            refuse("the word " + std::string(fields_[j].substr(0, 100)) + " is not among the 1-grams");
          last[j] = fields_[j];
        }
        order.words.push_back(ids[j]);
      }
      order.probabilities.push_back(probability);
      if (length < counts_.size()) order.backoffs.push_back(backoff);
    }
    end_section(length);
    return order;
  }

  int64_t line_of(const Order& order, size_t index) const {
    return first_line_ + (order.lines.empty() ? static_cast<int64_t>(index) : static_cast<int64_t>(order.lines[index]));
  }

  void sort(Order& order, size_t length) const {
    const size_t count = order.probabilities.size();
    bool sorted = true;
    for (size_t i = 1; sorted && i < count; ++i)
      sorted = compare_suffixes(&order.words[(i - 1) * length], &order.words[i * length], length) < 0;
    if (sorted) return;
    std::vector<uint32_t> places(count);
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](uint32_t a, uint32_t b) {
      return compare_suffixes(&order.words[a * length], &order.words[b * length], length) < 0;
    });
    Order out;
    for (const uint32_t place : places) {
      const auto words = order.words.begin() + static_cast<std::ptrdiff_t>(place * length);
      if (!out.lines.empty() && compare_suffixes(&out.words[out.words.size() - length], &*words, length) == 0)
        refuse_at(first_line_ + place, "the n-gram \"" + text_of(&*words, length) + "\" comes twice");
      out.words.insert(out.words.end(), words, words + static_cast<std::ptrdiff_t>(length));
      out.probabilities.push_back(order.probabilities[place]);
      if (!order.backoffs.empty()) out.backoffs.push_back(order.backoffs[place]);
      out.lines.push_back(place);
    }
    order = std::move(out);
  }

  std::string text_of(const WordId* words, size_t length) const {
    std::string text;
    for (size_t i = 0; i < length; ++i) text += (i > 0 ? " " : "") + vocabulary_.words()[words[i]];
    return text;
  }

  /// Both the n - 1 last words and the n - 1 first are n-grams.
  void check_closed(const Order& order, const Order& before, size_t length) const {
    const size_t count = order.probabilities.size();
    size_t parent = 0;
    for (size_t i = 0; i < count; ++i) {
      const WordId* const suffix = &order.words[i * length + 1];
      while (parent < before.probabilities.size() &&
             compare_suffixes(&before.words[parent * (length - 1)], suffix, length - 1) < 0)
        ++parent;
      if (parent == before.probabilities.size() ||
          compare_suffixes(&before.words[parent * (length - 1)], suffix, length - 1) != 0)
        refuse_part(order, i, length, suffix);
    }
    const Contexts contexts(before, length - 1);
    constexpr size_t kAhead = 16;
    std::array<uint64_t, kAhead> hashes{};
    for (size_t i = 0; i < count + kAhead; ++i) {
      if (i >= kAhead && !contexts.contain(hashes[i % kAhead]))
        refuse_part(order, i - kAhead, length, &order.words[(i - kAhead) * length]);
      if (i >= count) continue;
      hashes[i % kAhead] = Contexts::hash_of(&order.words[i * length], length - 1);
      contexts.prefetch(hashes[i % kAhead]);
    }
  }
  [[noreturn]] void refuse_part(const Order& order, size_t index, size_t length, const WordId* part) const {
    refuse_at(line_of(order, index), "\"" + text_of(&order.words[index * length], length) + "\" without \"" +
                                         text_of(part, length - 1) + "\" among the n-grams of order " +
                                         std::to_string(length - 1));
  }

  void send(const Order& order, size_t length) {
    NgramBatch batch{order.words, order.probabilities, {}};
    if (length < counts_.size()) batch.backoffs = order.backoffs;
    sink_.add(static_cast<int>(length), batch);
  }

  std::string name_;
  LineReader lines_;
  ModelSink& sink_;
  std::vector<uint64_t> counts_;
  GrowingVocabulary vocabulary_;
  std::array<std::string_view, kMaxOrder> fields_;
  int64_t section_line_ = 0;  ///< where the n-grams of the section that is read begin
  int64_t first_line_ = 0;    ///< where those of the section last read began
};

}  // namespace

void read_arpa(const fs::path& path, ModelSink& sink) {
  ArpaReader(path, sink).read();
}

}  // namespace seq::ngram

// Two passes: words, then pairs of their numbers.
#include "text/phrases.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/ordered_work.h"
#include "text/subword/word_counter.h"
#include "text/word_rows.h"

namespace seq {
namespace {

/// Counts of pairs of numbers: open addressing, a power of two of slots.
class PairCounts {
 public:
  PairCounts() : slots_(1 << 10) {}

  void fetch(uint64_t pair) const { __builtin_prefetch(&slots_[place(pair)], 1); }
  void add(uint64_t pair, uint64_t count = 1) {
    const size_t mask = slots_.size() - 1;
    size_t i = place(pair);
    while (slots_[i].count != 0 && slots_[i].pair != pair) i = (i + 1) & mask;
    slots_[i].pair = pair;
    slots_[i].count += count;
    if (slots_[i].count == count && ++size_ * 2 > slots_.size()) rebuild(2 * slots_.size(), 0);
  }
  size_t size() const { return size_; }
  /// Forgets the pairs that were counted less often.
  void prune(uint64_t least) { rebuild(slots_.size(), least); }
  template <class Use>
  void for_each(const Use& use) const {
    for (const Slot& slot : slots_)
      if (slot.count != 0) use(slot.pair, slot.count);
  }

 private:
  struct Slot {
    uint64_t pair = 0;
    uint64_t count = 0;
  };
  size_t place(uint64_t pair) const {
    const uint64_t hash = pair * 0x9E3779B97F4A7C15ULL;
    return (hash ^ (hash >> 32)) & (slots_.size() - 1);
  }
  void rebuild(size_t slots, uint64_t least) {
    std::vector<Slot> old(slots);
    old.swap(slots_);
    size_ = 0;
    for (const Slot& slot : old)
      if (slot.count != 0 && slot.count >= least) add(slot.pair, slot.count);
  }

  std::vector<Slot> slots_;
  size_t size_ = 0;
};

uint64_t pair_of(int32_t first, int32_t second) {
  return static_cast<uint64_t>(first) << 32 | static_cast<uint64_t>(second);
}

/// Counts the neighbours in a stream of numbers; all from `words` on part their neighbours.
class PairCounter {
 public:
  PairCounter(int32_t words, int64_t max_distinct) : words_(words), most_(static_cast<size_t>(max_distinct)) {}

  void add(const std::vector<int32_t>& ids) {
    fresh_.clear();
    for (const int32_t id : ids) {
      if (last_ < words_ && id < words_) fresh_.push_back(pair_of(last_, id));
      last_ = id;
    }
    constexpr size_t kAhead = 16;
    for (size_t i = 0; i < fresh_.size(); ++i) {
      if (i + kAhead < fresh_.size()) pairs_.fetch(fresh_[i + kAhead]);
      pairs_.add(fresh_[i]);
    }
    while (most_ > 0 && pairs_.size() > most_) pairs_.prune(++least_);
  }
  PairCounts take_pairs() { return std::move(pairs_); }

 private:
  int32_t words_;
  size_t most_;
  int32_t last_ = INT32_MAX;
  uint64_t least_ = 1;
  PairCounts pairs_;
  std::vector<uint64_t> fresh_;
};

PairCounts count_pairs(const std::vector<std::string>& files, const WordRows& rows, const PhraseOptions& options) {
  PairCounter counter(rows.size(), options.max_distinct);
  SpacedPieces pieces(files, options.invalid);
  struct Job {
    std::string piece;
    std::vector<int32_t> ids;
  };
  run_ordered<Job>(
      static_cast<size_t>(options.threads), [&](Job& job) { return pieces.next(job.piece); },
      [&](Job& job, size_t) { rows.encode(job.piece, rows.size(), rows.size(), job.ids); },
      [&](Job& job) { counter.add(job.ids); });
  return counter.take_pairs();
}

struct Totals {
  double words = 0;     ///< occurrences
  double distinct = 0;  ///< words and pairs
};

double score_of(double pair, double first, double second, const Totals& totals, const PhraseOptions& options) {
  const auto discount = static_cast<double>(options.min_count);
  if (options.score != PhraseScore::npmi)
    return (pair - discount) / first / second * (options.score == PhraseScore::gensim ? totals.distinct : totals.words);
  if (pair < discount) return -INFINITY;
  const double p = pair / totals.words;
  return std::log(p / (first / totals.words * (second / totals.words))) / -std::log(p);
}

/// Whether a text is cut as this one word.
bool is_one_word(std::string_view text) {
  bool found = false;
  each_spaced_word(
      text, [&](std::string_view word, size_t) { found = word == text; }, [] {});
  return found;
}

}  // namespace

std::vector<Phrase> learn_phrases(const std::vector<std::string>& files, const PhraseOptions& options) {
  check_text_files(files);
  const Front front = Front::from_json(nullptr, {{"type", "WhitespaceSplit"}}, "words");
  WordCounter counter(front,
                      {.threads = options.threads, .keep_line_ends = true, .max_distinct = options.max_distinct});
  SpacedPieces pieces(files, options.invalid);
  for (std::string piece; pieces.next(piece);) counter.add(piece);
  const WordCounts counts = counter.finish();

  // Pairs with a rarer word score 0 at most; only gensim's total needs to know how many there are.
  const uint64_t least = options.score == PhraseScore::gensim ? 1 : static_cast<uint64_t>(options.min_count);
  std::vector<WordCounts::Entry> words;
  Totals totals;
  for (const WordCounts::Entry& entry : counts.sorted()) {
    totals.words += static_cast<double>(entry.count);
    if (entry.count >= least) words.push_back(entry);
  }
  WordRows rows;
  for (const WordCounts::Entry& entry : words) rows.add(entry.word);
  const PairCounts pairs = count_pairs(files, rows, options);
  totals.distinct = static_cast<double>(words.size() + pairs.size());

  std::vector<Phrase> found;
  pairs.for_each([&](uint64_t pair, uint64_t count) {
    const WordCounts::Entry &first = words[pair >> 32], &second = words[pair & 0xFFFFFFFF];
    const double score = score_of(static_cast<double>(count), static_cast<double>(first.count),
                                  static_cast<double>(second.count), totals, options);
    if (score > options.threshold) found.push_back({std::string(first.word), std::string(second.word), count, score});
  });
  std::sort(found.begin(), found.end(), [](const Phrase& a, const Phrase& b) {
    return std::tie(b.score, a.first, a.second) < std::tie(a.score, b.first, b.second);
  });
  return found;
}

void write_phrases(const fs::path& path, const std::vector<Phrase>& phrases) {
  std::string text;
  for (const Phrase& phrase : phrases)
    text += fmt::format("{}\t{}\t{}\t{}\n", phrase.first, phrase.second, phrase.count, phrase.score);
  if (path != "-") return write_file_atomic(path, text);
  if (!(std::cout << text).flush()) throw RunError("stdout: cannot be written");
}

std::vector<Phrase> read_phrases(const fs::path& path) {
  std::vector<Phrase> phrases;
  LineReader lines(path);
  for (std::string_view line; lines.next(line);) {
    const auto refuse = [&](const std::string& why) {
      return Error(fmt::format("{}:{}: {}", path.string(), lines.number(), why));
    };
    std::vector<std::string_view> columns;
    for (std::string_view rest = line;;) {
      const size_t tab = rest.find('\t');
      columns.push_back(rest.substr(0, tab));
      if (tab == std::string_view::npos) break;
      rest.remove_prefix(tab + 1);
    }
    if (columns.size() != 4)
      throw refuse(
          fmt::format("{} columns, expected 4 (first<TAB>second<TAB>count<TAB>score, as seqtool tokenize "
                      "phrases writes)",
                      columns.size()));
    Phrase phrase{std::string(columns[0]), std::string(columns[1])};
    for (const std::string& word : {phrase.first, phrase.second})
      if (find_invalid_utf8(word) != std::string_view::npos || !is_one_word(word))
        throw refuse("a word is empty, has white space in it or is not UTF-8");
    const auto parse = [&](std::string_view text, auto& number) {
      const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (failure != std::errc{} || stop != text.data() + text.size()) throw refuse("a number is damaged");
    };
    parse(columns[2], phrase.count);
    parse(columns[3], phrase.score);
    phrases.push_back(std::move(phrase));
  }
  if (phrases.empty()) throw Error(path.string() + ": no phrases in it (learn with a lower --threshold)");
  return phrases;
}

PhraseJoiner::PhraseJoiner(const std::vector<Phrase>& phrases) {
  uint64_t words = 0;
  const auto numbered = [&](const std::string& word) {
    if (const uint64_t known = number(word)) return known;
    numbers_.add(word, ++words);
    return words;
  };
  for (const Phrase& phrase : phrases) {
    const uint64_t first = numbered(phrase.first);
    pairs_.insert(first << 32 | numbered(phrase.second));
  }
}

uint64_t PhraseJoiner::number(std::string_view word) const {
  return numbers_.count(WordCounts::key(word, word.size()));
}

void PhraseJoiner::join(std::string_view piece, std::string& out) const {
  uint64_t last = 0;  // the word that a phrase may begin with
  bool starts = true;
  each_spaced_word(
      piece,
      [&](std::string_view word, size_t readable) {
        const uint64_t now = numbers_.count(WordCounts::key(word, readable));
        const bool joined = joins(last, now);
        if (!starts) out += joined ? '_' : ' ';
        out += word;
        last = joined ? 0 : now;
        starts = false;
      },
      [&] {
        out += '\n';
        last = 0;
        starts = true;
      });
  if (!starts && static_cast<unsigned char>(piece.back()) <= ' ') out += ' ';  // the line goes on in the next piece
}

/// Behind the last white space whose neighbours are no phrase; 0 when there is none.
size_t PhraseJoiner::last_cut(std::string_view text) const {
  constexpr std::string_view kSpaces = " \n\t\r\v\f";
  std::optional<uint64_t> next;  // the word behind
  size_t cut = 0;
  for (size_t end = text.find_last_not_of(kSpaces); end != std::string_view::npos;) {
    const size_t space = text.find_last_of(kSpaces, end);
    const size_t begin = space == std::string_view::npos ? 0 : space + 1;
    std::optional<uint64_t> first;
    uint64_t last = 0;
    detail::split_at_wide_space(text.substr(begin, end + 1 - begin), [&](std::string_view word, size_t) {
      last = number(word);
      if (!first) first = last;
    });
    if (next && !joins(last, *next)) return cut;
    next = first.value_or(0);
    cut = begin;
    end = begin == 0 ? std::string_view::npos : text.find_last_not_of(kSpaces, begin - 1);
    if (end != std::string_view::npos && text.substr(end + 1, begin - end - 1).find('\n') != std::string_view::npos)
      return cut;
  }
  return 0;
}

bool PhraseJoiner::next(SpacedPieces& pieces, std::string& piece, std::string& rest) const {
  std::string more;
  piece = std::exchange(rest, {});
  while (pieces.next(more)) {
    piece += more;
    const size_t cut = piece.ends_with('\n') ? piece.size() : last_cut(piece);
    if (cut == 0) continue;
    rest.assign(piece, cut);
    piece.resize(cut);
    return true;
  }
  return !piece.empty();
}

}  // namespace seq

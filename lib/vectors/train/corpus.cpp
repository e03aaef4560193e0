// Counting and numbering words on several threads.
#include "vectors/train/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/ordered_work.h"
#include "text/spaced_words.h"
#include "text/subword/counts_file.h"
#include "text/subword/word_counter.h"

namespace seq::vectors {
namespace {

/// How the words of the counts are cut, which is how each_spaced_word() does.
CountsHeader spaced_sections() {
  return {nullptr, {{"type", "WhitespaceSplit"}}};
}

/// The rows of a piece's words, with `sentence_end` for each line end.
class PieceEncoder {
 public:
  PieceEncoder(const WordCounts& rows, int32_t sentence_end) : rows_(rows), sentence_end_(sentence_end) {}

  void encode(std::string_view piece, std::vector<int32_t>& ids) {
    ids.clear();
    each_spaced_word(
        piece,
        [&](std::string_view word, size_t readable) {
          // Memory is fetched for some words at once before the first of them is looked up.
          keys_[count_] = WordCounts::key(word, readable);
          rows_.fetch(keys_[count_]);
          if (++count_ == keys_.size()) look_up(ids);
        },
        [&] {
          look_up(ids);
          ids.push_back(sentence_end_);
        });
    look_up(ids);
  }

 private:
  void look_up(std::vector<int32_t>& ids) {
    for (size_t i = 0; i < count_; ++i)
      if (const uint64_t row = rows_.count(keys_[i]); row > 0) ids.push_back(static_cast<int32_t>(row - 1));
    count_ = 0;
  }

  const WordCounts& rows_;  ///< each row and 1
  int32_t sentence_end_;
  std::array<WordCounts::Key, 32> keys_;
  size_t count_ = 0;
};

/// Leaves out empty sentences and cuts long ones.
class SentenceWriter {
 public:
  SentenceWriter(int32_t sentence_end, int64_t max_sentence, TokenFileWriter& out)
      : sentence_end_(sentence_end), max_sentence_(max_sentence), out_(out) {}

  void write(const std::vector<int32_t>& ids) {
    cut_.clear();
    for (const int32_t id : ids) {
      if (id == sentence_end_) {
        end_sentence();
        continue;
      }
      cut_.push_back(id);
      if (++length_ == max_sentence_) end_sentence();
    }
    out_.append(cut_);
  }
  void finish() {
    cut_.clear();
    end_sentence();
    out_.append(cut_);
  }

 private:
  void end_sentence() {
    if (length_ > 0) cut_.push_back(sentence_end_);
    length_ = 0;
  }

  int32_t sentence_end_;
  int64_t max_sentence_;
  int64_t length_ = 0;
  std::vector<int32_t> cut_;
  TokenFileWriter& out_;
};

}  // namespace

WordCounts count_words(const WordText& text, int64_t max_distinct) {
  const CountsHeader sections = spaced_sections();
  const Front front = Front::from_json(sections.normaliser, sections.pre_tokenizer, "words");
  // Line ends are white space like any other here, so that a line of any length needs no memory.
  WordCounter counter(front, {.threads = text.threads, .keep_line_ends = true, .max_distinct = max_distinct});
  SpacedPieces pieces(text.files, text.invalid, text.progress);
  for (std::string piece; pieces.next(piece);) counter.add(piece);
  return counter.finish();
}

WordCounts read_word_counts(const std::vector<std::string>& files) {
  WordCounts counts;
  for (const std::string& file : files)
    if (read_counts(file, counts) != spaced_sections())
      throw Error(file +
                  ": its words are not those between white space (count them with: seqtool tokenize count --model "
                  "word --pre-tokenise whitespace_split)");
  return counts;
}

CountedWords keep_words(const WordCounts& counts, const KeptWords& kept, const std::string& name) {
  CountedWords words;
  words.distinct_words = counts.size();
  std::vector<WordCounts::Entry> entries;
  counts.for_each([&](std::string_view word, uint64_t count) {
    words.text_words += count;
    if (count >= static_cast<uint64_t>(kept.min_count)) entries.push_back({word, count});
  });
  if (entries.size() < 2)
    throw Error(
        fmt::format("{}: {} of {} distinct words occur at least model.min_count = {} times, and at least two "
                    "must (take a longer text or a lower min_count)",
                    name, entries.size(), counts.size(), kept.min_count));
  std::sort(entries.begin(), entries.end(), [](const WordCounts::Entry& a, const WordCounts::Entry& b) {
    return a.count != b.count ? a.count > b.count : a.word < b.word;
  });
  if (kept.max_words > 0 && entries.size() > static_cast<size_t>(kept.max_words))
    entries.resize(static_cast<size_t>(kept.max_words));
  const auto list = std::make_shared<WordList>();
  for (const auto& [word, count] : entries) {
    list->add(word);
    words.counts.push_back(count);
  }
  words.words = list;
  return words;
}

void encode_words(const WordText& text, const WordList& words, int64_t max_sentence, TokenFileWriter& out) {
  WordCounts rows;
  for (int64_t row = 0; row < words.size(); ++row) rows.add(words[row], static_cast<uint64_t>(row) + 1);
  const auto sentence_end = static_cast<int32_t>(words.size());
  SpacedPieces pieces(text.files, text.invalid, text.progress);
  SentenceWriter sentences(sentence_end, max_sentence, out);
  struct Job {
    std::string piece;
    std::vector<int32_t> ids;
  };
  run_ordered<Job>(
      static_cast<size_t>(std::max(1, text.threads)), [&](Job& job) { return pieces.next(job.piece); },
      [&](Job& job, size_t) { PieceEncoder(rows, sentence_end).encode(job.piece, job.ids); },
      [&](Job& job) { sentences.write(job.ids); });
  sentences.finish();
}

}  // namespace seq::vectors

// Counting and numbering words on several threads.
#include "vectors/train/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/ordered_work.h"
#include "text/spaced_words.h"
#include "text/subword/counts_file.h"
#include "text/subword/word_counter.h"
#include "text/word_rows.h"

namespace seq::vectors {
namespace {

constexpr uint64_t kMostWords = uint64_t{1} << 53;  // doubles hold sums up to this exactly

/// How the words of the counts are cut, which is how each_spaced_word() does.
CountsHeader spaced_sections() {
  return {nullptr, {{"type", "WhitespaceSplit"}}};
}

/// A text in pieces with its phrases joined: `use` gets them in order, after `work` had them on some thread.
template <class Job, class Work, class Use>
void each_piece(const WordText& text, const Work& work, const Use& use) {
  SpacedPieces pieces(text.files, text.invalid, text.progress);
  std::string rest;
  const auto next = [&](Job& job) {
    return text.phrases ? text.phrases->next(pieces, job.piece, rest) : pieces.next(job.piece);
  };
  const auto join_and_work = [&](Job& job, size_t) {
    if (text.phrases) {
      job.joined.clear();
      text.phrases->join(job.piece, job.joined);
      job.piece.swap(job.joined);
    }
    work(job);
  };
  run_ordered<Job>(static_cast<size_t>(std::max(1, text.threads)), next, join_and_work, use);
}

struct Piece {
  std::string piece;
  std::string joined;
};

struct EncodedPiece : Piece {
  std::vector<int32_t> ids;
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
  if (text.phrases) {
    each_piece<Piece>(
        text, [](Piece&) {}, [&](Piece& piece) { counter.add(piece.piece); });
    return counter.finish();
  }
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
    if (count > kMostWords || words.text_words > kMostWords - count)
      throw Error(fmt::format("{}: more than 2^53 words in all, {} of them \"{}\" (counts of a real text are below)",
                              name, count, word));
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
  WordRows rows;
  for (int64_t row = 0; row < words.size(); ++row) rows.add(words[row]);
  SentenceWriter sentences(rows.size(), max_sentence, out);
  each_piece<EncodedPiece>(
      text, [&](EncodedPiece& piece) { rows.encode(piece.piece, rows.size(), std::nullopt, piece.ids); },
      [&](EncodedPiece& piece) { sentences.write(piece.ids); });
  sentences.finish();
}

}  // namespace seq::vectors

// ARPA text: pieces of a batch are printed by several threads, then written in order.
#include "ngram/arpa_writer.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstring>

#include "base/parallel.h"
#include "ngram/output_file.h"

namespace seq::ngram {
namespace {

/// `00` to `99`, one after another.
constexpr auto kDigitPairs = [] {
  std::array<char, 200> digits{};
  for (size_t i = 0; i < 100; ++i) {
    digits[2 * i] = static_cast<char>('0' + i / 10);
    digits[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return digits;
}();

void put_pair(char* at, uint64_t pair) {
  std::memcpy(at, kDigitPairs.data() + 2 * pair, 2);
}

/// A number with 7 decimals, `0` for none; returns the end. |value| < 1e9.
char* print_log(char* at, float value) {
  const auto scaled = static_cast<int64_t>(std::nearbyint(static_cast<double>(value) * 1e7));
  if (scaled == 0) {
    *at++ = '0';
    return at;
  }
  if (scaled < 0) *at++ = '-';
  const auto magnitude = static_cast<uint64_t>(scaled < 0 ? -scaled : scaled);
  const uint64_t whole = magnitude / 10000000;
  const auto decimals = static_cast<uint32_t>(magnitude % 10000000);
  at = whole < 10 ? (*at = static_cast<char>('0' + whole), at + 1) : fmt::format_to(at, "{}", whole);
  if (decimals == 0) return at;
  *at++ = '.';
  put_pair(at, decimals / 100000);
  put_pair(at + 2, decimals / 1000 % 100);
  put_pair(at + 4, decimals / 10 % 100);
  at[6] = static_cast<char>('0' + decimals % 10);
  return at + 7;
}

constexpr size_t kLongestNumber = 24;

}  // namespace

struct ArpaWriter::State {
  OutputFile file;
  int threads;
  std::string text;                  ///< all words, one after another
  std::vector<uint64_t> begin = {};  ///< [words + 1]
  int order = 0;
  int highest = 0;
  std::vector<std::string> printed = {};

  size_t size_of(WordId word) const { return begin[word + 1] - begin[word]; }
  void print(const NgramBatch& batch, size_t from, size_t to, std::string& out) const;
};

void ArpaWriter::State::print(const NgramBatch& batch, size_t from, size_t to, std::string& out) const {
  const auto n = static_cast<size_t>(order);
  size_t most = (to - from) * (2 * kLongestNumber + n + 3);
  for (size_t i = from * n; i < to * n; ++i) most += size_of(batch.words[i]);
  if (out.size() < most) out.resize(most);
  char* at = out.data();
  for (size_t i = from; i < to; ++i) {
    at = print_log(at, batch.probabilities[i]);
    *at++ = '\t';
    for (size_t k = 0; k < n; ++k) {
      const WordId word = batch.words[i * n + k];
      const size_t size = size_of(word);
      std::memcpy(at, text.data() + begin[word], size);
      at += size;
      *at++ = k + 1 < n ? ' ' : '\t';
    }
    if (batch.backoffs.empty())
      --at;
    else
      at = print_log(at, batch.backoffs[i]);
    *at++ = '\n';
  }
  out.resize(static_cast<size_t>(at - out.data()));
}

ArpaWriter::ArpaWriter(const std::string& path, int threads)
    : state_(std::make_unique<State>(State{OutputFile(path), threads, ""})) {}

ArpaWriter::~ArpaWriter() = default;

void ArpaWriter::begin(const std::vector<std::string>& vocabulary, const std::vector<uint64_t>& counts) {
  state_->begin = {0};
  for (const std::string& word : vocabulary) {
    state_->text += word;
    state_->begin.push_back(state_->text.size());
  }
  state_->highest = static_cast<int>(counts.size());
  std::string head = "\\data\\\n";
  for (size_t i = 0; i < counts.size(); ++i) head += fmt::format("ngram {}={}\n", i + 1, counts[i]);
  state_->file.write(head);
}

void ArpaWriter::add(int order, const NgramBatch& batch) {
  while (state_->order < order) state_->file.write(fmt::format("\n\\{}-grams:\n", ++state_->order));
  const size_t size = batch.probabilities.size();
  const auto pieces = static_cast<size_t>(state_->threads);
  state_->printed.resize(pieces);
  parallel_for(state_->threads, pieces, [&](size_t i, size_t) {
    state_->print(batch, size * i / pieces, size * (i + 1) / pieces, state_->printed[i]);
  });
  for (const std::string& part : state_->printed) state_->file.write(part);
}

void ArpaWriter::finish() {
  while (state_->order < state_->highest) state_->file.write(fmt::format("\n\\{}-grams:\n", ++state_->order));
  state_->file.write("\n\\end\\\n");
  state_->file.commit();
}

}  // namespace seq::ngram

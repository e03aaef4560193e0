// Bytes to words: only ASCII white space separates, so that any script goes through as it is.
#include "vectors/train/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "base/error.h"
#include "text/text_reader.h"

namespace seq::vectors {
namespace {

enum class Byte : uint8_t { letter, space, line_end };

constexpr std::array<Byte, 256> kBytes = [] {
  std::array<Byte, 256> table{};
  for (const char space : {' ', '\t', '\v', '\f', '\r'}) table[static_cast<unsigned char>(space)] = Byte::space;
  table['\n'] = Byte::line_end;
  return table;
}();

Byte kind(char byte) {
  return kBytes[static_cast<unsigned char>(byte)];
}

/// Calls `word(text)` for each word and `line_end()` after each line; a word may span blocks.
template <class Word, class LineEnd>
void each_word(const WordText& text, Word word, LineEnd line_end) {
  TextReader reader(text.files, text.invalid);
  std::string carried;  // the beginning of a word that the next block goes on with
  int64_t bytes = 0;
  for (std::string_view block; !(block = reader.next_block()).empty();) {
    bytes += static_cast<int64_t>(block.size());
    const char* at = block.data();
    const char* const end = at + block.size();
    while (at != end) {
      const char* const begin = at;
      while (at != end && kind(*at) == Byte::letter) ++at;
      if (at == end) {
        carried.append(begin, end);
        break;
      }
      if (!carried.empty()) {
        carried.append(begin, at);
        word(std::string_view(carried));
        carried.clear();
      } else if (at != begin) {
        word(std::string_view(begin, static_cast<size_t>(at - begin)));
      }
      if (kind(*at++) == Byte::line_end) line_end();
    }
    text.progress(bytes);
  }
  if (!carried.empty()) word(std::string_view(carried));
  line_end();
}

}  // namespace

CountedWords count_words(const WordText& text, int64_t min_count, int64_t max_words) {
  WordList all;
  std::vector<uint64_t> counts;
  CountedWords kept;
  each_word(
      text,
      [&](std::string_view word) {
        ++kept.text_words;
        if (const auto row = all.find(word)) {
          ++counts[static_cast<size_t>(*row)];
        } else {
          all.add(word);
          counts.push_back(1);
        }
      },
      [] {});
  kept.distinct_words = counts.size();

  std::vector<int64_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0);
  std::erase_if(order,
                [&](int64_t row) { return counts[static_cast<size_t>(row)] < static_cast<uint64_t>(min_count); });
  if (order.size() < 2)
    throw Error(
        fmt::format("{}: {} of {} distinct words occur at least model.min_count = {} times, and at least two "
                    "must (take a longer text or a lower min_count)",
                    text.files.front(), order.size(), counts.size(), min_count));
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    const uint64_t count_a = counts[static_cast<size_t>(a)], count_b = counts[static_cast<size_t>(b)];
    return count_a != count_b ? count_a > count_b : all[a] < all[b];
  });
  if (max_words > 0 && order.size() > static_cast<size_t>(max_words)) order.resize(static_cast<size_t>(max_words));
  const auto words = std::make_shared<WordList>();
  for (const int64_t row : order) {
    words->add(all[row]);
    kept.counts.push_back(counts[static_cast<size_t>(row)]);
  }
  kept.words = words;
  return kept;
}

void encode_words(const WordText& text, const WordList& words, int64_t max_sentence, TokenFileWriter& out) {
  const auto sentence_end = static_cast<int32_t>(words.size());
  std::vector<int32_t> ids;
  int64_t length = 0;
  const auto end_sentence = [&] {
    if (length > 0) ids.push_back(sentence_end);
    length = 0;
    if (ids.size() < 65536) return;
    out.append(ids);
    ids.clear();
  };
  each_word(
      text,
      [&](std::string_view word) {
        const auto row = words.find(word);
        if (!row) return;
        ids.push_back(static_cast<int32_t>(*row));
        if (++length == max_sentence) end_sentence();
      },
      end_sentence);
  out.append(ids);
}

}  // namespace seq::vectors

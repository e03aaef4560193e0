// Substrings that occur twice are the inner nodes of a suffix tree, which a suffix array with the lengths of common
// prefixes stands for (Abouelhoda et al. 2004).
#include "text/subword/unigram_seeds.h"

#include <divsufsort.h>

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <unordered_set>

#include "text/utf8.h"

namespace seq {
namespace {

constexpr char kSeparator = '\xff';  // in no UTF-8

bool inside_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// Words one after another, each with a separator behind it.
struct SuffixText {
  std::string text;
  std::vector<uint32_t> word_at;  ///< by byte: the number of its word in `words`
  std::vector<uint8_t> longest;   ///< by byte: how long a token from here may be, in bytes
};

SuffixText join(const std::vector<WordCounts::Entry>& words, int64_t max_length) {
  // The suffix array counts in 32 bits: of more text the most frequent words are taken.
  constexpr size_t kMost = std::numeric_limits<int32_t>::max() - 1;
  std::vector<uint32_t> order(words.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  size_t all = 0;
  for (const auto& entry : words) all += entry.word.size() + 1;
  if (all > kMost)
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t a, uint32_t b) { return words[a].count > words[b].count; });
  SuffixText joined;
  joined.text.reserve(std::min(all, kMost));
  for (const uint32_t number : order) {
    const std::string_view word = words[number].word;
    if (joined.text.size() + word.size() + 1 > kMost) break;
    joined.text += word;
    joined.text += kSeparator;
    joined.word_at.resize(joined.text.size(), number);
    for (size_t i = 0; i < word.size(); ++i) {
      size_t end = i;
      for (int64_t left = max_length; left > 0 && end < word.size(); --left)
        while (++end < word.size() && inside_character(word[end])) continue;
      joined.longest.push_back(static_cast<uint8_t>(end - i));
    }
    joined.longest.push_back(0);
  }
  return joined;
}

/// How far each suffix that begins a character agrees with the one before it in the order, in whole characters and
/// within the length of a token (Kasai et al. 2001).
std::vector<uint8_t> common_prefixes(const SuffixText& joined, const std::vector<int32_t>& suffixes) {
  const std::string& text = joined.text;
  std::vector<int32_t> before(text.size(), -1);
  for (size_t i = 1; i < suffixes.size(); ++i) before[static_cast<size_t>(suffixes[i])] = suffixes[i - 1];
  std::vector<uint8_t> by_place(text.size());
  size_t common = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (before[i] < 0) {
      common = 0;
      continue;
    }
    const auto other = static_cast<size_t>(before[i]);
    const size_t most = std::min(joined.longest[i], joined.longest[other]);
    while (common < most && text[i + common] == text[other + common]) ++common;
    size_t length = std::min(common, most);
    while (length > 0 && length < most && inside_character(text[i + length])) --length;
    by_place[i] = static_cast<uint8_t>(length);
    common = std::min(common, most);
    if (common > 0) --common;
  }
  std::vector<uint8_t> in_order(suffixes.size());
  for (size_t i = 0; i < suffixes.size(); ++i) in_order[i] = by_place[static_cast<size_t>(suffixes[i])];
  return in_order;
}

bool better(const UnigramSeed& a, const UnigramSeed& b) {
  return a.weight != b.weight ? a.weight > b.weight : a.text < b.text;
}

/// The substrings of at least two characters that occur in two places, unsorted.
std::vector<UnigramSeed> repeated_substrings(const std::vector<WordCounts::Entry>& words, int64_t max_length) {
  const SuffixText joined = join(words, max_length);
  const std::string& text = joined.text;
  std::vector<UnigramSeed> seeds;
  if (text.empty()) return seeds;
  std::vector<int32_t> suffixes(text.size());
  const auto size = static_cast<int32_t>(text.size());
  if (divsufsort(reinterpret_cast<const uint8_t*>(text.data()), suffixes.data(), size) != 0)
    throw std::bad_alloc();  // its only failure
  // Those from inside a character form a stretch of their own in the order.
  std::erase_if(suffixes, [&](int32_t at) {
    const char byte = text[static_cast<size_t>(at)];
    return byte == kSeparator || inside_character(byte);
  });
  const std::vector<uint8_t> common = common_prefixes(joined, suffixes);
  struct Open {
    size_t depth;
    double weight;
  };
  std::vector<Open> open;  // the inner nodes above the last suffix, outermost first
  for (size_t i = 1; i <= suffixes.size(); ++i) {
    const auto place = static_cast<size_t>(suffixes[i - 1]);
    const size_t depth = i < suffixes.size() ? common[i] : 0;
    auto weight = static_cast<double>(words[joined.word_at[place]].count);
    for (; !open.empty() && open.back().depth > depth; open.pop_back()) {
      weight = open.back().weight += weight;
      const size_t begin = place - joined.text.rfind(kSeparator, place) - 1;
      const std::string_view substring = words[joined.word_at[place]].word.substr(begin, open.back().depth);
      const size_t characters = count_code_points(substring);
      if (characters >= 2) seeds.push_back({substring, weight * static_cast<double>(characters), false});
    }
    if (depth == 0) continue;
    if (!open.empty() && open.back().depth == depth) {
      open.back().weight += weight;
    } else {
      open.push_back({depth, weight});
    }
  }
  return seeds;
}

}  // namespace

std::vector<UnigramSeed> unigram_seeds(const std::vector<WordCounts::Entry>& words, const UnigramTraining& training) {
  std::map<std::string_view, double> characters;  // the order of UTF-8 is that of code points
  for (const auto& [word, count] : words)
    for (size_t i = 0; i < word.size();) {
      const size_t begin = i;
      next_code_point(word, i);
      characters[word.substr(begin, i - begin)] += static_cast<double>(count);
    }
  std::vector<UnigramSeed> found = repeated_substrings(words, training.max_token_length);
  std::unordered_set<std::string_view> known;
  for (const UnigramSeed& seed : found) known.insert(seed.text);
  for (const auto& [word, count] : words) {  // a frequent word need be part of no other
    if (count < 2 || known.contains(word)) continue;
    const size_t length = count_code_points(word);
    if (length < 2 || length > static_cast<size_t>(training.max_token_length)) continue;
    found.push_back({word, static_cast<double>(count) * static_cast<double>(length), false});
  }
  const auto room = static_cast<size_t>(training.seed_size);
  if (found.size() > room) {
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(room), found.end(), better);
    found.resize(room);
  }
  std::sort(found.begin(), found.end(), better);
  std::vector<UnigramSeed> seeds;
  seeds.reserve(characters.size() + found.size());
  for (const auto& [text, weight] : characters) seeds.push_back({text, weight, true});
  seeds.insert(seeds.end(), found.begin(), found.end());
  return seeds;
}

}  // namespace seq

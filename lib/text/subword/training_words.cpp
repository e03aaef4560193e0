// Alphabet, words as symbols, pairs in a hash table.
#include "text/subword/training_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/error.h"
#include "text/utf8.h"

namespace seq {
namespace {

constexpr uint32_t kNone = 0xFFFFFFFF;
constexpr size_t kFirstIndex = 1 << 12;

std::string spelling(int32_t code_point) {
  std::string text;
  append_utf8(code_point, text);
  return text;
}

/// The characters that become tokens, by code point. Of equally frequent ones at the limit, low code points stay.
std::vector<int32_t> choose_alphabet(const std::vector<WordCounts::Entry>& words, const MergeTraining& training) {
  constexpr uint64_t kAlways = std::numeric_limits<uint64_t>::max();
  std::map<int32_t, uint64_t> counts;
  for (const auto& [word, count] : words)
    for (size_t i = 0; i < word.size();) counts[next_code_point(word, i)] += count;
  for (const std::string& character : training.alphabet) {
    size_t position = 0;
    counts[next_code_point(character, position)] = kAlways;
  }
  std::vector<std::pair<int32_t, uint64_t>> kept(counts.begin(), counts.end());
  const auto limit = static_cast<size_t>(training.limit_alphabet);
  if (limit > 0 && kept.size() > limit) {
    std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    kept.resize(limit);
    std::sort(kept.begin(), kept.end());
  }
  std::vector<int32_t> alphabet;
  alphabet.reserve(kept.size());
  for (const auto& [code_point, count] : kept) alphabet.push_back(code_point);
  return alphabet;
}

size_t hash_of(uint64_t key) {
  key *= 0x9E3779B97F4A7C15ULL;
  return key ^ (key >> 32);
}

}  // namespace

TrainingWords::TrainingWords(const std::vector<WordCounts::Entry>& words, const MergeTraining& training,
                             Vocabulary& vocabulary)
    : longest_(training.max_token_length > 0 ? training.max_token_length : std::numeric_limits<int64_t>::max()),
      index_(kFirstIndex, kNone) {
  for (const std::string& special : training.specials) vocabulary.add(special);
  std::unordered_map<int32_t, int32_t> alphabet;
  for (const int32_t code_point : choose_alphabet(words, training))
    alphabet[code_point] = vocabulary.add(spelling(code_point));
  if (vocabulary.size() > training.vocab_size)
    throw Error(
        fmt::format("tokenizer.vocab_size: {} is less than the {} special tokens and characters (raise it, or "
                    "set tokenizer.limit_alphabet)",
                    training.vocab_size, vocabulary.size()));
  for (const auto& [word, count] : words) add_word(word, static_cast<int64_t>(count), training, vocabulary, alphabet);
  if (vocabulary.size() > training.vocab_size)
    throw Error(
        fmt::format("tokenizer.vocab_size: {} is less than the {} special tokens and characters, those inside "
                    "and at the end of words counted apart (raise it, or set tokenizer.limit_alphabet)",
                    training.vocab_size, vocabulary.size()));
  lengths_.assign(static_cast<size_t>(vocabulary.size()), 1);
  count_pairs();
}

void TrainingWords::add_word(std::string_view word, int64_t count, const MergeTraining& training,
                             Vocabulary& vocabulary, const std::unordered_map<int32_t, int32_t>& alphabet) {
  const size_t begin = symbols_.size();
  for (size_t i = 0; i < word.size();) {
    const size_t from = i;
    const auto known = alphabet.find(next_code_point(word, i));
    if (known == alphabet.end()) continue;
    const bool prefix = from > 0 && !training.continuing_prefix.empty();
    const bool suffix = i == word.size() && !training.end_suffix.empty();
    if (!prefix && !suffix) {
      symbols_.push_back(known->second);
      continue;
    }
    std::string token(word.substr(from, i - from));
    if (prefix) token.insert(0, training.continuing_prefix);
    if (suffix) token += training.end_suffix;
    symbols_.push_back(vocabulary.add(token));
  }
  words_.push_back({begin, static_cast<uint32_t>(symbols_.size() - begin), count});
}

void TrainingWords::count_pairs() {
  for (uint32_t number = 0; number < words_.size(); ++number) {
    const Word& word = words_[number];
    const int32_t* symbols = symbols_.data() + word.begin;
    for (uint32_t i = 0; i + 1 < word.size; ++i) change(symbols[i], symbols[i + 1], word.count, number);
  }
}

uint32_t TrainingWords::pair_number(uint64_t key) {
  const size_t mask = index_.size() - 1;
  size_t i = hash_of(key) & mask;
  for (; index_[i] != kNone; i = (i + 1) & mask)
    if (pairs_[index_[i]].key == key) return index_[i];
  const auto number = static_cast<uint32_t>(pairs_.size());
  index_[i] = number;
  pairs_.push_back({key});
  if (pairs_.size() * 2 > index_.size()) grow_index();
  return number;
}

void TrainingWords::grow_index() {
  index_.assign(2 * index_.size(), kNone);
  const size_t mask = index_.size() - 1;
  for (uint32_t number = 0; number < pairs_.size(); ++number) {
    size_t i = hash_of(pairs_[number].key) & mask;
    while (index_[i] != kNone) i = (i + 1) & mask;
    index_[i] = number;
  }
}

void TrainingWords::change(int32_t left, int32_t right, int64_t by, uint32_t word) {
  const uint32_t number = pair_number(pair_key(left, right));
  Pair& pair = pairs_[number];
  pair.count += by;
  if (by < 0) return;
  if (pair.found < 0) {
    pair.found = static_cast<int32_t>(found_.size());
    found_.push_back({number, {}});
  }
  auto& words = found_[static_cast<size_t>(pair.found)].words;
  if (words.empty() || words.back() != word) words.push_back(word);
}

std::vector<TrainingWords::Found> TrainingWords::take_found() {
  for (const Found& found : found_) pairs_[found.pair].found = -1;
  return std::exchange(found_, {});
}

int64_t TrainingWords::merge(uint64_t key, int32_t result, const std::vector<uint32_t>& words) {
  const int32_t left = left_of(key);
  const int32_t right = right_of(key);
  const int64_t merged_length = length(left) + length(right);
  lengths_.resize(std::max(lengths_.size(), static_cast<size_t>(result) + 1));
  lengths_[static_cast<size_t>(result)] = merged_length;
  const auto fits = [&](int32_t neighbour) { return length(neighbour) + merged_length < longest_; };
  int64_t merged = 0;
  for (const uint32_t number : words) {
    Word& word = words_[number];
    int32_t* symbols = symbols_.data() + word.begin;
    uint32_t out = 0;
    for (uint32_t i = 0; i < word.size; ++i) {
      if (symbols[i] != left || i + 1 == word.size || symbols[i + 1] != right) {
        symbols[out++] = symbols[i];
        continue;
      }
      if (out > 0) {
        change(symbols[out - 1], left, -word.count, number);
        if (fits(symbols[out - 1])) change(symbols[out - 1], result, word.count, number);
      }
      if (i + 2 < word.size) {
        change(right, symbols[i + 2], -word.count, number);
        if (fits(symbols[i + 2])) change(result, symbols[i + 2], word.count, number);
      }
      symbols[out++] = result;
      ++i;
      merged += word.count;
    }
    word.size = out;
  }
  return merged;
}

std::vector<int64_t> TrainingWords::symbol_counts(size_t symbols) const {
  std::vector<int64_t> counts(symbols);
  for (const Word& word : words_)
    for (uint32_t i = 0; i < word.size; ++i) counts[static_cast<size_t>(symbols_[word.begin + i])] += word.count;
  return counts;
}

std::string joined(const Vocabulary& vocabulary, uint64_t key, const std::string& prefix) {
  std::string_view right = vocabulary.token(right_of(key));
  if (right.starts_with(prefix)) right.remove_prefix(prefix.size());
  return std::string(vocabulary.token(left_of(key))).append(right);
}

}  // namespace seq

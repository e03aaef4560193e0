// Cutting words as fastText does.
#include "vectors/subwords.h"

#include <string>

namespace seq::vectors {
namespace {

constexpr std::string_view kEndOfSentence = "</s>";

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace

uint32_t subword_hash(std::string_view ngram) {
  uint32_t hash = 2166136261U;
  for (const char byte : ngram) {
    hash ^= static_cast<uint32_t>(static_cast<int8_t>(byte));
    hash *= 16777619U;
  }
  return hash;
}

std::vector<int64_t> subword_buckets(std::string_view word, const SubwordRules& rules) {
  std::vector<int64_t> found;
  if (rules.buckets == 0 || word == kEndOfSentence) return found;
  const std::string marked = "<" + std::string(word) + ">";
  for (size_t begin = 0; begin < marked.size(); ++begin) {
    if (continues_character(marked[begin])) continue;
    size_t end = begin;
    for (int64_t length = 1; length <= rules.longest && end < marked.size(); ++length) {
      ++end;
      while (end < marked.size() && continues_character(marked[end])) ++end;
      const bool mark_alone = length == 1 && (begin == 0 || end == marked.size());
      if (length < rules.shortest || mark_alone) continue;
      const uint32_t hash = subword_hash(std::string_view(marked).substr(begin, end - begin));
      found.push_back(static_cast<int64_t>(hash % static_cast<uint64_t>(rules.buckets)));
    }
  }
  return found;
}

int64_t Subwords::add(std::string_view word, std::span<float> sum) const {
  const std::vector<int64_t> found = subword_buckets(word, rules_);
  for (const int64_t bucket : found) {
    const std::span<const float> row = buckets_.row(bucket);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += row[i];
  }
  return static_cast<int64_t>(found.size());
}

}  // namespace seq::vectors

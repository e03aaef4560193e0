// Words to characters, characters to tokens: short words by looking for the best pair again and again, long ones by a
// heap of pairs.
#include "text/subword/bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "base/error.h"
#include "text/char_tokenizer.h"
#include "text/subword/byte_tokens.h"
#include "text/tokenizer_json.h"
#include "text/utf8.h"

namespace seq {
namespace {

/// Up to as many symbols, looking through all pairs is faster than a heap.
constexpr size_t kShortWord = 48;

std::vector<BpeMerge> merges_by_name(const Vocabulary& vocabulary, const TokenPairs& names, const std::string& prefix) {
  std::vector<BpeMerge> merges;
  merges.reserve(names.size());
  const auto found = [&](std::string_view token, int32_t id, size_t line) {
    if (id == kNoToken) throw Error(fmt::format("merges[{}]: {} is not in the vocabulary", line, shown(token)));
    return id;
  };
  int32_t next = 0;  // vocabularies mostly have the results of merges in their order
  for (size_t i = 0; i < names.size(); ++i) {
    const auto [left, right] = names[i];
    const std::string_view rest = right.substr(right.starts_with(prefix) ? prefix.size() : 0);
    const int32_t left_id = found(left, vocabulary.find(left), i);
    const int32_t right_id = found(right, vocabulary.find(right), i);
    int32_t result = next;
    const std::string_view guess = next < vocabulary.size() ? vocabulary.token(next) : std::string_view();
    if (guess.size() != left.size() + rest.size() || !guess.starts_with(left) || !guess.ends_with(rest)) {
      const std::string joined = std::string(left).append(rest);
      result = found(joined, vocabulary.find(joined), i);
    }
    merges.push_back({left_id, right_id, result, static_cast<int32_t>(i)});
    next = result + 1;
  }
  return merges;
}

}  // namespace

/// The token of each single character: at the start of a word or not, at its end or not.
struct BpeModel::Symbols {
  Symbols(const Vocabulary& vocabulary, const BpeOptions& options)
      : has_prefix(!options.continuing_prefix.empty()), has_suffix(!options.end_suffix.empty()) {
    for (size_t variant = 0; variant < tables.size(); ++variant) {
      const bool inside = (variant & 1) != 0;
      const bool last = (variant & 2) != 0;
      if ((inside && !has_prefix) || (last && !has_suffix)) continue;
      for (int32_t id = 0; id < vocabulary.size(); ++id) {
        std::string_view token = vocabulary.token(id);
        if (inside && !token.starts_with(options.continuing_prefix)) continue;
        if (inside) token.remove_prefix(options.continuing_prefix.size());
        if (last && !token.ends_with(options.end_suffix)) continue;
        if (last) token.remove_suffix(options.end_suffix.size());
        if (token.empty() || token.size() > 4) continue;
        size_t size = 0;
        const int32_t code_point = next_code_point(token, size);
        if (code_point >= 0 && size == token.size()) tables[variant].set(code_point, id);
      }
    }
  }
  const CodePointTable& table(bool first, bool last) const {
    return tables[(!first && has_prefix ? 1U : 0U) + (last && has_suffix ? 2U : 0U)];
  }

  bool has_prefix;
  bool has_suffix;
  std::array<CodePointTable, 4> tables{CodePointTable(kNoToken), CodePointTable(kNoToken), CodePointTable(kNoToken),
                                       CodePointTable(kNoToken)};
};

BpeModel::BpeModel(Vocabulary vocabulary, const TokenPairs& names, BpeOptions options)
    : SubwordModel(std::move(vocabulary)),
      options_(std::move(options)),
      merges_(merges_by_name(vocabulary_, names, options_.continuing_prefix)),
      table_(merges_.size()) {
  fill_tables();
}

BpeModel::BpeModel(Vocabulary vocabulary, std::vector<BpeMerge> merges, BpeOptions options)
    : SubwordModel(std::move(vocabulary)),
      options_(std::move(options)),
      merges_(std::move(merges)),
      table_(merges_.size()) {
  fill_tables();
}

void BpeModel::fill_tables() {
  symbols_ = std::make_unique<Symbols>(vocabulary_, options_);
  byte_tokens_ = find_byte_tokens(vocabulary_);
  for (const BpeMerge& merge : merges_) table_.set(merge.left, merge.right, {merge.rank, merge.result});
}

BpeModel::~BpeModel() = default;

void BpeModel::encode(std::string_view word, std::vector<Piece>& pieces) const {
  if (options_.ignore_merges) {
    const int32_t id = vocabulary_.find(word);
    if (id != kNoToken) {
      pieces.push_back({id, static_cast<uint32_t>(word.size())});
      return;
    }
  }
  const size_t first = pieces.size();
  split(word, pieces);
  if (pieces.size() - first <= kShortWord) {
    merge_short(pieces, first);
  } else {
    merge_long(pieces, first, 0, nullptr);
  }
}

void BpeModel::sample(std::string_view word, double dropout, Random& random, std::vector<Piece>& pieces) const {
  const size_t first = pieces.size();
  split(word, pieces);
  merge_long(pieces, first, dropout, &random);
}

void BpeModel::split(std::string_view word, std::vector<Piece>& pieces) const {
  bool after_unknown = false;
  for (size_t i = 0; i < word.size();) {
    const size_t begin = i;
    const int32_t decoded = next_code_point(word, i);
    const int32_t code_point = decoded < 0 ? kReplacementCharacter : decoded;
    const int32_t id = symbols_->table(begin == 0, i == word.size()).find(code_point);
    const auto end = static_cast<uint32_t>(i);
    const bool known = id != kNoToken;
    if (known) {
      pieces.push_back({id, end});
    } else if (options_.byte_fallback &&
               append_bytes(word.substr(begin, i - begin), static_cast<uint32_t>(begin), pieces)) {
      after_unknown = false;
      continue;
    } else if (after_unknown && options_.fuse_unknown) {
      pieces.back().end = end;
    } else {
      pieces.push_back({vocabulary_.unknown, end});
    }
    after_unknown = !known;
  }
}

bool BpeModel::append_bytes(std::string_view character, uint32_t begin, std::vector<Piece>& pieces) const {
  const size_t before = pieces.size();
  for (const char c : character) {
    const int32_t id = byte_tokens_[static_cast<unsigned char>(c)];
    if (id == kNoToken) {
      pieces.resize(before);
      return false;
    }
    pieces.push_back({id, ++begin});
  }
  return true;
}

void BpeModel::merge_short(std::vector<Piece>& pieces, size_t first) const {
  size_t count = pieces.size() - first;
  Piece* symbols = pieces.data() + first;
  std::array<PairTable::Merge, kShortWord> merges;  // of each symbol with the one after it
  const auto look_up = [&](size_t i) { merges[i] = table_.find(symbols[i].id, symbols[i + 1].id); };
  for (size_t i = 0; i + 1 < count; ++i) look_up(i);
  while (count > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < count; ++i)
      if (merges[i].rank < merges[best].rank) best = i;
    if (merges[best].rank == PairTable::kNever) break;
    symbols[best] = {merges[best].result, symbols[best + 1].end};
    std::copy(symbols + best + 2, symbols + count, symbols + best + 1);
    std::copy(merges.begin() + static_cast<std::ptrdiff_t>(best) + 2,
              merges.begin() + static_cast<std::ptrdiff_t>(count),
              merges.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    --count;
    if (best + 1 < count) look_up(best);
    if (best > 0) look_up(best - 1);
  }
  pieces.resize(first + count);
}

void BpeModel::merge_long(std::vector<Piece>& pieces, size_t first, double dropout, Random* random) const {
  struct Candidate {
    int32_t rank;
    uint32_t place;
    int32_t result;
    bool operator<(const Candidate& other) const {  // the best is the greatest
      return rank != other.rank ? rank > other.rank : place > other.place;
    }
  };
  constexpr uint32_t kNone = 0xFFFFFFFF;
  const auto count = static_cast<uint32_t>(pieces.size() - first);
  Piece* symbols = pieces.data() + first;
  std::vector<uint32_t> previous(count), next(count);  // the symbols that are left; next is kNone for one that is gone
  std::vector<Candidate> found;
  const auto look_up = [&](uint32_t left) {
    const auto merge = table_.find(symbols[left].id, symbols[next[left]].id);
    return Candidate{merge.rank, left, merge.result};
  };
  for (uint32_t i = 0; i < count; ++i) {
    previous[i] = i == 0 ? kNone : i - 1;
    next[i] = i + 1;
  }
  for (uint32_t i = 0; i + 1 < count; ++i)
    if (const Candidate candidate = look_up(i); candidate.rank != PairTable::kNever) found.push_back(candidate);
  std::priority_queue<Candidate> queue({}, std::move(found));
  const auto add = [&](uint32_t left) {
    if (const Candidate candidate = look_up(left); candidate.rank != PairTable::kNever) queue.push(candidate);
  };
  std::vector<Candidate> passed_over;  // come back after the next merge
  while (!queue.empty()) {
    const Candidate top = queue.top();
    queue.pop();
    if (next[top.place] >= count) continue;  // gone, or the last one left
    const Candidate now = look_up(top.place);
    if (now.rank != top.rank || now.result != top.result) continue;
    if (random != nullptr && random->uniform() < dropout) {
      passed_over.push_back(top);
      continue;
    }
    const uint32_t right = next[top.place];
    symbols[top.place] = {top.result, symbols[right].end};
    next[top.place] = next[right];
    if (next[right] < count) previous[next[right]] = top.place;
    next[right] = kNone;
    if (next[top.place] < count) add(top.place);
    if (previous[top.place] != kNone) add(previous[top.place]);
    for (const Candidate& candidate : passed_over) queue.push(candidate);
    passed_over.clear();
  }
  size_t kept = 0;
  for (uint32_t i = 0; i < count; i = next[i]) symbols[kept++] = symbols[i];
  pieces.resize(first + kept);
}

Json BpeModel::to_json() const {
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  Json merges = Json::array();
  for (const BpeMerge& merge : merges_)
    merges.push_back({vocabulary_.token(merge.left), vocabulary_.token(merge.right)});
  return {{"type", "BPE"},
          {"dropout", options_.dropout > 0 ? Json(options_.dropout) : Json(nullptr)},
          {"unk_token", vocabulary_.unknown == kNoToken ? Json(nullptr) : Json(vocabulary_.token(vocabulary_.unknown))},
          {"continuing_subword_prefix", text_or_null(options_.continuing_prefix)},
          {"end_of_word_suffix", text_or_null(options_.end_suffix)},
          {"fuse_unk", options_.fuse_unknown},
          {"byte_fallback", options_.byte_fallback},
          {"ignore_merges", options_.ignore_merges},
          {"vocab", vocabulary_json(vocabulary_)},
          {"merges", std::move(merges)}};
}

}  // namespace seq

// Tokens, n-grams, stop words.
#include "classify/features.h"

#include <algorithm>

#include "base/files.h"

namespace seq::classify {
namespace {

/// The next state of a hash over token ids.
uint64_t mix(uint64_t hash, int32_t id) {
  hash = (hash ^ (static_cast<uint64_t>(id) + 1)) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

}  // namespace

void cut_tokens(std::vector<int32_t>& ids, int64_t max_tokens, const std::string& keep) {
  const auto size = static_cast<int64_t>(ids.size());
  if (max_tokens == 0 || size <= max_tokens) return;
  const int64_t head = keep == "head" ? max_tokens : keep == "tail" ? 0 : (max_tokens + 1) / 2;
  ids.erase(ids.begin() + head, ids.end() - (max_tokens - head));
}

std::vector<int32_t> read_stop_words(const std::string& path, const Tokenizer& tokenizer) {
  std::vector<int32_t> words, ids;
  LineReader lines(path);
  for (std::string_view line; lines.next(line);) {
    ids.clear();
    if (find_invalid_utf8(line) == std::string_view::npos) tokenizer.encode(line, ids);
    if (ids.size() == 1 && !tokenizer.vocabulary().is_special(ids[0])) words.push_back(ids[0]);
  }
  return words;
}

FeatureMaker::FeatureMaker(const BagOptions& options, const Tokenizer& tokenizer,
                           const std::vector<int32_t>& stop_words, bool keep_unknown)
    : options_(options),
      tokenizer_(tokenizer),
      encoder_(tokenizer.encoder(SpecialText::text)),
      left_out_(static_cast<size_t>(tokenizer.vocabulary().size())) {
  for (int32_t id = 0; id < tokenizer.vocabulary().size(); ++id)
    left_out_[static_cast<size_t>(id)] =
        tokenizer.vocabulary().is_special(id) && !(keep_unknown && id == tokenizer.vocabulary().unknown);
  if (stop_words.empty()) return;
  stop_.resize(left_out_.size());
  for (const int32_t word : stop_words) stop_[static_cast<size_t>(word)] = true;
}

void FeatureMaker::make(std::string_view text, std::vector<uint32_t>& features) {
  ids_.clear();
  features.clear();
  encoder_->encode(text, ids_);
  if (!stop_.empty()) std::erase_if(ids_, [&](int32_t id) { return stop_[static_cast<size_t>(id)]; });
  cut_tokens(ids_, options_.max_tokens, options_.keep);
  for (const int32_t id : ids_)
    if (!left_out_[static_cast<size_t>(id)]) features.push_back(static_cast<uint32_t>(id));
  add_ngrams(features);
  if (options_.values == "counts") return;
  std::sort(features.begin(), features.end());
  if (options_.values == "set") features.erase(std::unique(features.begin(), features.end()), features.end());
}

void FeatureMaker::add_ngrams(std::vector<uint32_t>& features) {
  const auto words = static_cast<uint32_t>(tokenizer_.vocabulary().size());
  const auto buckets = static_cast<uint64_t>(options_.buckets);
  for (size_t begin = 0; begin < ids_.size() && options_.word_ngrams > 1; ++begin) {
    uint64_t hash = mix(0, ids_[begin]);
    const size_t end = std::min(ids_.size(), begin + static_cast<size_t>(options_.word_ngrams));
    for (size_t i = begin + 1; i < end; ++i) {
      hash = mix(hash, ids_[i]);
      const auto bucket = static_cast<uint32_t>((hash >> 16) % buckets);
      const int32_t row = rows_ ? (*rows_)[bucket] : static_cast<int32_t>(bucket);
      if (row >= 0) features.push_back(words + static_cast<uint32_t>(row));
    }
  }
}

std::shared_ptr<const std::vector<int32_t>> number_buckets(const std::vector<uint32_t>& counts, int64_t min_count,
                                                           int64_t& used) {
  auto rows = std::make_shared<std::vector<int32_t>>(counts.size(), -1);
  used = 0;
  for (size_t bucket = 0; bucket < counts.size(); ++bucket)
    if (counts[bucket] >= min_count) (*rows)[bucket] = static_cast<int32_t>(used++);
  return rows;
}

}  // namespace seq::classify

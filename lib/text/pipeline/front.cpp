// Normaliser, then pre-tokenizer.
#include "text/pipeline/front.h"

#include "base/error.h"

namespace seq {

Front::Front(std::unique_ptr<Normaliser> normaliser, std::unique_ptr<PreTokenizer> pre_tokenizer)
    : normaliser_(std::move(normaliser)), pre_tokenizer_(std::move(pre_tokenizer)) {
  if (pre_tokenizer_ == nullptr) return;
  pre_tokenizer_->restrict(locality_);
  if (locality_.forbidden || normaliser_ == nullptr) return;
  // What a normaliser drops or makes to white space could join runs over a cut.
  locality_.after_alphanumeric = locality_.runs_matter;
  normaliser_->restrict(locality_);
}

Front Front::from_json(const Json& normaliser, const Json& pre_tokenizer, const std::string& name) {
  return {normaliser_from_json(normaliser, name + ": normalizer"),
          pre_tokenizer_from_json(pre_tokenizer, name + ": pre_tokenizer")};
}

void Front::split(std::string_view text, Words& words, Place place, Tracking tracking, uint32_t start) const {
  if (text.size() > UINT32_MAX / 4) throw Error("a text of more than 1 GiB is too long to be one (cut it into lines)");
  words.text.reset(text, tracking, start);
  words.text.at_start = place == Place::start;
  if (normaliser_ != nullptr) normaliser_->apply(words.text);
  words.ranges.clear();
  if (words.text.text.empty()) return;
  words.ranges.push_back({0, static_cast<uint32_t>(words.text.text.size())});
  if (pre_tokenizer_ != nullptr) pre_tokenizer_->apply(words);
}

}  // namespace seq

// Sampling of tokens and texts.
#include "decode/sampler.h"

#include <algorithm>
#include <cmath>

namespace seq::decode {

Sampler::Sampler(const SampleOptions& options, const Vocabulary& vocabulary)
    : options_(options), banned_(static_cast<size_t>(vocabulary.size()), 0) {
  for (int32_t id = 0; id < vocabulary.size(); ++id)
    banned_[static_cast<size_t>(id)] = vocabulary.is_special(id) && id != vocabulary.end ? 1 : 0;
  weights_.reserve(banned_.size());
}

int32_t Sampler::choose(std::span<const float> logits, Random& random) {
  if (options_.temperature == 0) return greedy(logits);
  const float highest = logits[static_cast<size_t>(greedy(logits))];
  weights_.clear();
  double total = 0;
  for (size_t id = 0; id < logits.size(); ++id) {
    if (banned_[id] != 0) continue;
    const double weight = std::exp((static_cast<double>(logits[id]) - highest) / options_.temperature);
    weights_.emplace_back(weight, static_cast<int32_t>(id));
    total += weight;
  }
  const auto by_probability = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  };
  if (options_.top_k > 0 && static_cast<size_t>(options_.top_k) < weights_.size()) {
    const auto end = weights_.begin() + options_.top_k;
    std::nth_element(weights_.begin(), end - 1, weights_.end(), by_probability);
    weights_.erase(end, weights_.end());
    total = 0;
    for (const auto& [weight, id] : weights_) total += weight;
  }
  if (options_.top_p < 1) {
    std::sort(weights_.begin(), weights_.end(), by_probability);
    keep_top_p(total);
    total = 0;
    for (const auto& [weight, id] : weights_) total += weight;
  }
  double left = random.uniform() * total;
  for (const auto& [weight, id] : weights_) {
    left -= weight;
    if (left < 0) return id;
  }
  return weights_.back().second;
}

int32_t Sampler::greedy(std::span<const float> logits) const {
  size_t best = logits.size();
  for (size_t id = 0; id < logits.size(); ++id)
    if (banned_[id] == 0 && (best == logits.size() || logits[id] > logits[best])) best = id;
  return static_cast<int32_t>(best);
}

void Sampler::keep_top_p(double total) {
  double sum = 0;
  size_t kept = 0;
  while (kept < weights_.size() && sum < options_.top_p * total) sum += weights_[kept++].first;
  weights_.resize(std::max<size_t>(kept, 1));
}

int32_t start_token(const Vocabulary& vocabulary) {
  if (vocabulary.begin != kNoToken) return vocabulary.begin;
  for (const std::string_view line_break : {"\n", "Ċ"})  // the second is how byte-level vocabularies spell it
    if (const int32_t id = vocabulary.find(line_break); id != kNoToken) return id;
  for (int32_t id = 0; id < vocabulary.size(); ++id)
    if (!vocabulary.is_special(id)) return id;
  throw Error("the vocabulary has no ordinary token");
}

namespace {

std::vector<int32_t> encode_prompt(const Tokenizer& tokenizer, const std::string& prompt) {
  std::vector<int32_t> ids;
  if (const size_t bad = find_invalid_utf8(prompt); bad != std::string::npos)
    throw Error("prompt: byte " + std::to_string(bad) + ": not valid UTF-8");
  try {
    tokenizer.encode(prompt, ids);
  } catch (const UnknownCharacter& error) {
    throw Error(std::string("prompt: ") + error.what());
  }
  return ids;
}

}  // namespace

void generate(Stepper& stepper, const Tokenizer& tokenizer, const SampleOptions& options, Random& random,
              const std::function<void(std::string_view)>& write) {
  const Vocabulary& vocabulary = tokenizer.vocabulary();
  std::vector<int32_t> prompt = encode_prompt(tokenizer, options.prompt);
  write(options.prompt);

  Sampler sampler(options, vocabulary);
  stepper.reset();
  if (prompt.empty()) prompt.push_back(start_token(vocabulary));
  std::span<const float> logits;
  for (const int32_t token : prompt) logits = stepper.step(token);

  std::vector<int32_t> context = options.prompt.empty() ? std::vector<int32_t>{} : prompt;
  std::string held;  // what may turn out to be the start of the stop text
  for (int64_t i = 0; i < options.length; ++i) {
    const int32_t token = sampler.choose(logits, random);
    if (token == vocabulary.end) break;
    tokenizer.decode_more(context, std::span(&token, 1), held);
    context.push_back(token);
    if (!options.stop.empty()) {
      if (const size_t found = held.find(options.stop); found != std::string::npos) {
        write(std::string_view(held).substr(0, found));
        return;
      }
    }
    const size_t keep = options.stop.empty() ? 0 : std::min(held.size(), options.stop.size() - 1);
    write(std::string_view(held).substr(0, held.size() - keep));
    held.erase(0, held.size() - keep);
    if (i + 1 < options.length) logits = stepper.step(token);
  }
  write(held);
}

double log_probability(std::span<const float> logits, int32_t target) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - highest);
  return static_cast<double>(logits[static_cast<size_t>(target)]) - highest - std::log(sum);
}

}  // namespace seq::decode

// The choice of one token from logits: temperature, top-k, top-p.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "config/sample_options.h"
#include "decode/stepper.h"
#include "text/tokenizer.h"

namespace seq::decode {

/// Draws tokens by inverting the cumulative distribution. Special tokens other than the end token are never drawn.
class Sampler {
 public:
  Sampler(const SampleOptions& options, const Vocabulary& vocabulary);
  /// logits [V]. With temperature 0 the most probable token, the lowest id among equals.
  int32_t choose(std::span<const float> logits, Random& random);

 private:
  int32_t greedy(std::span<const float> logits) const;
  void keep_top_p(double total);

  SampleOptions options_;
  std::vector<char> banned_;
  std::vector<std::pair<double, int32_t>> weights_;  ///< unnormalised probability and id of the candidates
};

/// One text: the prompt, then `length` tokens, fewer when the stop text or the end token comes. `write` receives the
/// text piece by piece, prompt included. Without a prompt the model has read the token that begins a text: BOS, else
/// a line break, else the first ordinary token.
/// Throws Error when the prompt is not valid UTF-8 or has a character that the vocabulary lacks.
void generate(Stepper& stepper, const Tokenizer& tokenizer, const SampleOptions& options, Random& random,
              const std::function<void(std::string_view)>& write);

/// The token that a text starts after.
int32_t start_token(const Vocabulary& vocabulary);

/// log softmax(logits)[target], in double precision.
double log_probability(std::span<const float> logits, int32_t target);

}  // namespace seq::decode

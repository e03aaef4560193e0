// Several models as one: their probabilities, or their logarithms, added with weights.
//
//   { "interpolation": "linear", "models": [{"file": "news.bin", "weight": 0.7}, {"file": "talk.bin", "weight": 0.3}] }
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ngram/text_model.h"

namespace seq::ngram {

/// `linear`: P(w | h) = sum_i weight_i P_i(w | h).
/// `log_linear`: P(w | h) = prod_i P_i(w | h)^weight_i / Z(h), Z the sum over all words that any of the models
/// knows, and `<unk>`.
enum class Interpolation { linear, log_linear };

/// True for a file that begins as JSON does.
bool is_mixture(const fs::path& path);
/// Files stand relative to the mixture's folder. Throws Error naming file and key.
std::unique_ptr<TextModel> load_mixture(const fs::path& path);
std::unique_ptr<TextModel> make_mixture(std::vector<std::unique_ptr<TextModel>> models, std::vector<double> weights,
                                        Interpolation interpolation);

}  // namespace seq::ngram

// Several models as one: their probabilities, or their logarithms, added with weights.
//
//   { "interpolation": "linear", "models": [{"file": "news.bin", "weight": 0.7}, {"file": "talk.bin", "weight": 0.3}] }
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ngram/text_model.h"
#include "ngram/text_reader.h"

namespace seq::ngram {

/// `linear`: P(w | h) = sum_i weight_i P_i(w | h).
/// `log_linear`: P(w | h) = prod_i P_i(w | h)^weight_i / Z(h), Z the sum over all words that any of the models knows.
enum class Interpolation { linear, log_linear };

/// True for a file that begins as JSON does.
bool is_mixture(const fs::path& path);
/// Files stand relative to the mixture's folder. Throws Error naming file and key.
std::unique_ptr<TextModel> load_mixture(const fs::path& path);
std::unique_ptr<TextModel> make_mixture(std::vector<std::unique_ptr<TextModel>> models, std::vector<double> weights,
                                        Interpolation interpolation);

/// What tuning reached.
struct Tuned {
  std::vector<double> weights;
  double perplexity = 0;  ///< of the validation text
  int64_t tokens = 0;
};
/// The weights of a linear mixture that make a text most probable, by EM from equal weights (Jelinek & Mercer 1980):
/// weight_i becomes the mean over the words of weight_i P_i / sum_j weight_j P_j, until the perplexity stands.
/// log10_p [models][words].
Tuned tune_linear(const std::vector<std::vector<double>>& log10_p);

}  // namespace seq::ngram

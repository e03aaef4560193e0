// The weights of a mixture that make a text most probable.
#pragma once

#include <memory>
#include <vector>

#include "ngram/mixture.h"
#include "ngram/text_model.h"

namespace seq::ngram {

/// What tuning reached.
struct Tuned {
  std::vector<double> weights;
  double perplexity = 0;  ///< of the text
  int64_t tokens = 0;
};

/// Of a linear mixture, by EM from equal weights (Jelinek & Mercer 1980): weight_i becomes the mean over the words of
/// weight_i P_i / sum_j weight_j P_j, until the perplexity stands. log10_p [models][words].
Tuned tune_linear(const std::vector<std::vector<double>>& log10_p);

/// Of a mixture of models. Linear ones by EM. Log-linear ones by Newton's method, from equal weights that stay at or
/// above 0: EM does not reach Z(h), which depends on the weights. The mean log-probability is concave in them; its
/// gradient is the mean over the words of log P_i(w | h) - E[log P_i | h], its Hessian that of -Cov[log P_i, log P_j |
/// h], both over the whole vocabulary for every history. `threads` changes no bit of the result. Throws Error for a
/// text without lines.
Tuned tune_weights(const std::vector<std::unique_ptr<TextModel>>& models, const fs::path& text,
                   Interpolation interpolation, int threads);

}  // namespace seq::ngram

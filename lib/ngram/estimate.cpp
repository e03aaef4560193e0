// Options, then counting, then the model.
#include "ngram/estimate.h"

#include <fmt/format.h>

#include <cmath>

#include "ngram/counted_text.h"

namespace seq::ngram {

void check_options(const EstimateOptions& options) {
  if (options.order < 1 || options.order > kMaxOrder)
    throw Error(fmt::format("order: {} is out of range (1 to {})", options.order, kMaxOrder));
  if (options.prune.empty()) throw Error("prune: needs a number for order 1 at least");
  if (options.prune.size() > static_cast<size_t>(options.order))
    throw Error(fmt::format("prune: {} numbers for {} orders", options.prune.size(), options.order));
  for (size_t i = 0; i < options.prune.size(); ++i) {
    if (options.prune[i] < 0) throw Error("prune: a count is never negative");
    if (i > 0 && options.prune[i] < options.prune[i - 1])
      throw Error("prune: must not decrease from order to order, else n-grams would stay whose parts are gone");
  }
  for (size_t i = 0; i < options.discount_fallback.size(); ++i) {
    if (i >= 3) throw Error("discount_fallback: three numbers at most, for counts 1, 2, 3 and more");
    if (!(options.discount_fallback[i] >= 0 && options.discount_fallback[i] <= static_cast<double>(i + 1)))
      throw Error(fmt::format("discount_fallback: {} is out of range for count {} (0 to {})",
                              options.discount_fallback[i], i + 1, i + 1));
  }
  if (!(options.add_k > 0) || !std::isfinite(options.add_k)) throw Error("add_k: must be above 0");
  if (!(options.stupid_backoff > 0 && options.stupid_backoff <= 1))
    throw Error("stupid_backoff: must be above 0 and at most 1");
  if (options.vocabulary == "closed" && !options.interpolate_unigrams)
    throw Error(
        "interpolate_unigrams: false gives all that mass to <unk>, which vocabulary: closed leaves without any");
  if (!options.words.tokenizer.empty() && options.words.unit == "character")
    throw Error("words.unit: character and words.tokenizer exclude each other");
  memory_for_data(options);
}

Estimated estimate(const std::vector<std::string>& texts, const EstimateOptions& options, ModelSink& sink,
                   const Work& work) {
  check_options(options);
  Storage storage(memory_for_data(options), options.temp);
  CountedText counted = count_text(texts, options, storage, work);
  return build_model(counted.trie, std::move(counted.words), options, sink, storage, work);
}

}  // namespace seq::ngram

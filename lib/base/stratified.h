// How labelled examples are shared out among parts or folds: every label as evenly as whole examples allow.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace seq {

/// Puts each example into a part (0, 1 …) so that every label is shared out by `fractions` as evenly as whole examples
/// allow; which ones go where follows from `seed`. `labels` has the label of each example; the result has its part, or
/// -1 where the fractions leave it over. No part whose fraction is above 0 stays empty if there are enough examples.
std::vector<int8_t> stratified_parts(const std::vector<int32_t>& labels, const std::vector<double>& fractions,
                                     uint64_t seed);

/// The keys `folds` and `fold` of a config: cross-validation.
struct Folds {
  int64_t count = 0;  ///< parts that the data are cut into
  int64_t fold = 1;   ///< which of them validates, from 1; the others train
};

/// The part of each example in cross-validation: 1 in the fold that validates, 0 in the others. Every label is shared
/// out evenly. Throws Error that names the key below `keys` (`data.examples`): one fold alone, no such fold, fewer
/// examples than folds.
std::vector<int8_t> stratified_fold(const std::vector<int32_t>& labels, const Folds& folds, uint64_t seed,
                                    const std::string& keys);

}  // namespace seq

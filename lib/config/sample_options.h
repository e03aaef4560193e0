// How text is drawn from a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace seq {

/// Options of `sample`; also what training's own samples use.
struct SampleOptions {
  std::string prompt;
  int64_t length = 500;  ///< tokens after the prompt
  int64_t lines = 0;     ///< n-gram models: whole lines in place of a length, each going on from the prompt; 0: none
  double temperature = 1.0;  ///< logits are divided by it; 0 is greedy
  int64_t top_k = 0;         ///< keep the k most probable tokens; 0: all
  double top_p = 1.0;        ///< keep the fewest tokens whose probabilities sum to p (Holtzman et al. 2020)
  std::string stop;          ///< end before this text; empty: none
  int64_t count = 1;         ///< texts
  uint64_t seed = 1;
  bool fast = true;  ///< the fused stepper where there is one; false: LibTorch's own operations
};

}  // namespace seq

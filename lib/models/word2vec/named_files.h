// The files besides the text that a word2vec config names.
#pragma once

#include <optional>
#include <vector>

#include "config/config.h"
#include "models/word2vec/options.h"
#include "run/run_folder.h"
#include "vectors/evaluate.h"
#include "vectors/word_vectors.h"

namespace seq::word2vec {

/// What the files hold that the section `model` names.
struct NamedFiles {
  std::vector<vectors::AnalogySection> analogies;
  std::vector<std::vector<vectors::WordPair>> similarities;
  std::optional<vectors::WordVectors> given;  ///< of `start_from`, as long as training has not begun with them
};

/// Throws Error, which names the key, when one is damaged or does not fit: before the text is counted. Vectors to begin
/// with are not read for a run that has begun, unless they are frozen.
NamedFiles read_named_files(const Config& config, const RunFolder& run);

}  // namespace seq::word2vec

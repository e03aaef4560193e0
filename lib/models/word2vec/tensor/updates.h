// Word2vec's updates as tensor operations, on any device.
#pragma once

#include "models/word2vec/updates.h"

namespace seq::word2vec {

/// Sets LibTorch up for the config's device and threads. Throws Error when the device is missing.
std::unique_ptr<Updates> make_tensor_updates(vectors::Word2vec& model, const Word2vecOptions& options,
                                             const Config& config);

}  // namespace seq::word2vec

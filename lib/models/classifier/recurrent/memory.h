// Whether the texts of a batch fit into memory.
#pragma once

#include <cstdint>
#include <vector>

#include "models/classifier/options.h"

namespace seq::classifier {

/// Bytes that a training step keeps at least for each token: states, gates and their gradients.
uint64_t bytes_of_token(const ClassifierOptions& options);

/// Throws Error when a step over the `batch_size` longest texts, which may meet in a batch, needs more than `memory`
/// bytes. `lengths`: tokens of all texts.
void check_memory(const ClassifierOptions& options, std::vector<int64_t> lengths, int64_t batch_size, uint64_t memory);

}  // namespace seq::classifier

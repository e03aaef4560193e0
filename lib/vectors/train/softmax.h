// The full softmax over a vocabulary: exact and slow, for small ones and as the measure of the other losses.
#pragma once

#include <cstdint>

#include "vectors/train/table.h"

namespace seq::vectors {

/// One gradient step of -log softmax(outputs x)[word] on the input row x [D] and all output rows [V, D].
/// Returns that loss before the step, in nats.
double softmax_update(float* input, PaddedTable& outputs, uint32_t word, float rate);

}  // namespace seq::vectors

// One vector for each of several packed sequences out of the vectors of its steps.
// B = sequences, N = rows of packed steps, H = numbers in a vector
#pragma once

#include <ATen/core/Tensor.h>

#include "nn/packed_steps.h"

namespace seq::nn {

/// The sum over each sequence's steps: x [N, H] to [B, H].
at::Tensor sum_over_steps(const at::Tensor& x, const PackedSteps& steps);
/// The mean over each sequence's steps.
at::Tensor mean_over_steps(const at::Tensor& x, const PackedSteps& steps);
/// The greatest of each component; its gradient goes to the first step that has it.
at::Tensor max_over_steps(const at::Tensor& x, const PackedSteps& steps);
/// What a stack of one direction ends with; of two directions ([N, 2H]) the last of the first and the second's at the
/// first step, where it has read all.
at::Tensor last_of_steps(const at::Tensor& x, const PackedSteps& steps, bool bidirectional);
/// Scores [N] to weights [N] that sum to 1 over each sequence.
at::Tensor softmax_over_steps(const at::Tensor& scores, const PackedSteps& steps);

}  // namespace seq::nn

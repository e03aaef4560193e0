// Several rows as one: what CBOW and sub-words feed to an update, and how the gain comes back.
#pragma once

#include <cstddef>
#include <cstdint>

namespace seq::vectors {

/// into = `scale` times the sum of `count` rows of `columns` floats, a multiple of 4.
void sum_rows(const float* const* rows, size_t count, int64_t columns, float scale, float* into);

/// Adds after - before to each row.
void spread_gain(const float* before, const float* after, int64_t columns, float* const* rows, size_t count);

}  // namespace seq::vectors

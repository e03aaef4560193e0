// Loops over ranges on several threads, whose result does not depend on how many there are.
#pragma once

#include <cstdint>
#include <functional>

namespace seq::vectors {

/// As many threads as cores for 0.
int thread_count(int wanted);

/// Calls `work(begin, end)` for parts of [0, count) that cover it; parts have at least `least` elements, so that small
/// work stays on one thread. An exception of the first part that threw is passed on.
void parallel_ranges(int64_t count, int threads, int64_t least,
                     const std::function<void(int64_t begin, int64_t end)>& work);

}  // namespace seq::vectors

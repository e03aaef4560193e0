// Loops over several threads, for work that is cut into pieces large enough to be worth one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace seq {

/// `asked` threads, or one for each core when that is 0.
int thread_count(int64_t asked);

/// Calls work(step, thread) for each step of [0, n), every thread (numbered from 0) taking the next one. The
/// exception of the least step that failed is thrown again after all threads ended. Runs in the caller alone when one
/// thread is asked for or n is 1, and on fewer threads where the system gives no more.
void parallel_for(int threads, size_t n, const std::function<void(size_t step, size_t thread)>& work);

/// Calls work(begin, end) for parts of [0, count) that cover it; parts have at least `least` elements, so that small
/// work stays on one thread. `threads` as in thread_count.
void parallel_ranges(int64_t count, int threads, int64_t least,
                     const std::function<void(int64_t begin, int64_t end)>& work);

}  // namespace seq

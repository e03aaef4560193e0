// Loops over several threads, for work that is cut into pieces large enough to be worth one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace seq {

/// Calls work(i) for each i of [0, n), every thread taking the next one. The first exception is thrown again after all
/// threads ended. Runs in the caller alone when one thread is asked for or n is 1.
void parallel_for(int threads, size_t n, const std::function<void(size_t)>& work);

/// `asked` threads, or one for each core when that is 0.
int thread_count(int64_t asked);

}  // namespace seq

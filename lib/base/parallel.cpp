// Threads that live for one loop.
#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace seq {

int thread_count(int64_t asked) {
  return asked > 0 ? static_cast<int>(asked) : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

void parallel_for(int threads, size_t n, const std::function<void(size_t, size_t)>& work) {
  const size_t workers = std::min<size_t>(n, static_cast<size_t>(std::max(1, threads)));
  if (workers <= 1) {
    for (size_t step = 0; step < n; ++step) work(step, 0);
    return;
  }
  std::atomic<size_t> next = 0;
  size_t failed = n;  // the least step that did; those below it were taken before it and come to their end
  std::exception_ptr failure;
  std::mutex failing;
  const auto run = [&](size_t thread) {
    size_t step = 0;
    try {
      while ((step = next.fetch_add(1)) < n) work(step, thread);
    } catch (...) {
      next = n;
      const std::lock_guard<std::mutex> lock(failing);
      if (step < failed) {
        failed = step;
        failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (size_t thread = 1; thread < workers; ++thread) others.emplace_back(run, thread);
    } catch (const std::system_error&) {  // no more threads to be had: those that run take all steps
    }
    run(0);
  }
  if (failure) std::rethrow_exception(failure);
}

void parallel_ranges(int64_t count, int threads, int64_t least,
                     const std::function<void(int64_t begin, int64_t end)>& work) {
  const int64_t parts = std::clamp<int64_t>(count / std::max<int64_t>(least, 1), 1, thread_count(threads));
  parallel_for(static_cast<int>(parts), static_cast<size_t>(parts), [&](size_t part, size_t) {
    const auto number = static_cast<int64_t>(part);
    work(count * number / parts, count * (number + 1) / parts);
  });
}

}  // namespace seq

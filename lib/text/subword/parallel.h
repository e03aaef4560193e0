// A loop whose steps are shared out among threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace seq {

/// As many threads as asked for; 0 stands for one for each core.
inline size_t thread_count(int64_t wanted) {
  if (wanted > 0) return static_cast<size_t>(wanted);
  const unsigned cores = std::thread::hardware_concurrency();
  return cores == 0 ? 1 : cores;
}

/// Calls `work(step, thread)` for each step from 0 on, in any order. Throws what a step threw first.
template <class Work>
void parallel_for(size_t threads, size_t steps, const Work& work) {
  threads = std::min(threads, steps);
  if (threads <= 1) {
    for (size_t step = 0; step < steps; ++step) work(step, 0);
    return;
  }
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto run = [&](size_t thread) {
    try {
      for (size_t step = 0; (step = next++) < steps;) work(step, thread);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
      next = steps;
    }
  };
  std::vector<std::thread> others;
  for (size_t thread = 1; thread < threads; ++thread) others.emplace_back(run, thread);
  run(0);
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace seq

// Threads that live for one loop.
#include "vectors/parallel.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace seq::vectors {

int thread_count(int wanted) {
  if (wanted > 0) return wanted;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_ranges(int64_t count, int threads, int64_t least,
                     const std::function<void(int64_t begin, int64_t end)>& work) {
  const int64_t parts = std::clamp<int64_t>(count / std::max<int64_t>(least, 1), 1, thread_count(threads));
  if (parts == 1) return work(0, count);
  std::vector<std::exception_ptr> failures(static_cast<size_t>(parts));
  const auto run = [&](int64_t part) {
    try {
      work(count * part / parts, count * (part + 1) / parts);
    } catch (...) {
      failures[static_cast<size_t>(part)] = std::current_exception();
    }
  };
  std::vector<std::jthread> others;
  int64_t here = 1;  // parts from here on run on this thread
  try {
    for (; here < parts; ++here) others.emplace_back(run, here);
  } catch (const std::system_error&) {  // no more threads to be had
  }
  for (int64_t part = here; part < parts; ++part) run(part);
  run(0);
  others.clear();
  for (const std::exception_ptr& failure : failures)
    if (failure) std::rethrow_exception(failure);
}

}  // namespace seq::vectors

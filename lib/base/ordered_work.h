// Work spread over threads whose results come back in the order in which it was given.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace seq {

/// Takes jobs from `next(job)` until it returns false, runs `work(job, thread)` on up to `threads` threads, and hands
/// each job to `done(job)`, in their order. `next` and `done` run on the calling thread alone. With one thread a job is
/// done before the next is asked for. What `work` throws is thrown here when the job's turn comes, after `done` of all
/// before it; jobs must not throw away what they did until then: `done` is called for the failed job first. What `next`
/// throws is thrown after `done` of all jobs that it gave.
template <class Job, class Next, class Work, class Done>
void run_ordered(size_t threads, const Next& next, const Work& work, const Done& done) {
  if (threads <= 1) {
    Job job;
    while (next(job)) {
      std::exception_ptr failure;
      try {
        work(job, size_t{0});
      } catch (...) {
        failure = std::current_exception();
      }
      done(job);
      if (failure) std::rethrow_exception(failure);
    }
    return;
  }

  struct Slot {
    Job job;
    bool finished = false;
    std::exception_ptr failure;
  };
  std::mutex mutex;
  std::condition_variable wake_worker, wake_owner;
  std::deque<Slot*> waiting;
  bool closed = false;
  std::deque<std::unique_ptr<Slot>> order;
  std::vector<std::unique_ptr<Slot>> spare;

  std::vector<std::jthread> workers;
  const auto attempt = [&](Slot& slot, size_t thread) {
    try {
      work(slot.job, thread);
    } catch (...) {
      slot.failure = std::current_exception();
    }
  };
  const auto run = [&](size_t thread) {
    std::unique_lock lock(mutex);
    for (;;) {
      wake_worker.wait(lock, [&] { return closed || !waiting.empty(); });
      if (waiting.empty()) return;
      Slot* const slot = waiting.front();
      waiting.pop_front();
      lock.unlock();
      attempt(*slot, thread);
      lock.lock();
      slot->finished = true;
      wake_owner.notify_one();
    }
  };
  // Ends the workers whatever happens, before what they use goes away.
  struct Close {
    std::mutex& mutex;
    std::condition_variable& wake;
    bool& closed;
    std::deque<Slot*>& waiting;
    std::vector<std::jthread>& workers;
    ~Close() {
      {
        const std::lock_guard lock(mutex);
        closed = true;
        waiting.clear();
      }
      wake.notify_all();
      workers.clear();
    }
  } close{mutex, wake_worker, closed, waiting, workers};

  const auto finish_oldest = [&] {
    std::unique_ptr<Slot> slot = std::move(order.front());
    {
      std::unique_lock lock(mutex);
      wake_owner.wait(lock, [&] { return slot->finished; });
    }
    order.pop_front();
    done(slot->job);
    if (slot->failure) std::rethrow_exception(slot->failure);
    slot->finished = false;
    spare.push_back(std::move(slot));
  };
  std::exception_ptr unread;
  for (;;) {
    if (order.size() == 2 * threads) finish_oldest();
    std::unique_ptr<Slot> slot;
    if (spare.empty()) {
      slot = std::make_unique<Slot>();
    } else {
      slot = std::move(spare.back());
      spare.pop_back();
    }
    try {
      if (!next(slot->job)) break;
    } catch (...) {
      unread = std::current_exception();
      break;
    }
    try {
      if (workers.size() < threads) workers.emplace_back(run, workers.size());  // as many as there is work for
    } catch (const std::system_error&) {
      threads = std::max<size_t>(workers.size(), 1);  // no more are to be had
    }
    if (workers.empty()) {  // not even one
      attempt(*slot, 0);
      slot->finished = true;
    } else {
      const std::lock_guard lock(mutex);
      waiting.push_back(slot.get());
    }
    order.push_back(std::move(slot));
    wake_worker.notify_one();
  }
  while (!order.empty()) finish_oldest();
  if (unread) std::rethrow_exception(unread);
}

}  // namespace seq

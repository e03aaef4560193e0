// Writes on a thread of their own, so that who makes the bytes goes on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace seq::ngram {

/// Does the writes in their order; a megabyte waits at most. What a write throws, the next call throws.
class WriteBehind {
 public:
  using Write = std::function<void(uint64_t offset, std::string_view bytes)>;
  explicit WriteBehind(Write write) : write_(std::move(write)) {}
  /// Drops what still waits; wait() sees that nothing does.
  ~WriteBehind();
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  void put(uint64_t offset, std::string_view bytes);
  /// Until all is written.
  void wait();

 private:
  struct Piece {
    uint64_t offset;
    std::string bytes;
  };
  bool start();
  void work();
  void rethrow(std::unique_lock<std::mutex>& lock);

  Write write_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;  ///< the first one is being written
  size_t waiting_ = 0;        ///< bytes
  bool stopped_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace seq::ngram

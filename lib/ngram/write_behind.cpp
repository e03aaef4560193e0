// One writer, one queue.
#include "ngram/write_behind.h"

#include <algorithm>
#include <system_error>

namespace seq::ngram {
namespace {

constexpr size_t kMostWaiting = 1 << 20;
constexpr size_t kPiece = 1 << 18;

}  // namespace

WriteBehind::~WriteBehind() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

/// False when there is no thread to be had.
bool WriteBehind::start() {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    return false;
  }
  return true;
}

void WriteBehind::put(uint64_t offset, std::string_view bytes) {
  if (!thread_.joinable() && !start()) return write_(offset, bytes);
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), kPiece);
    std::string piece(bytes.substr(0, size));
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return pieces_.empty() || waiting_ + size <= kMostWaiting || failure_; });
    rethrow(lock);
    pieces_.push_back({offset, std::move(piece)});
    waiting_ += size;
    lock.unlock();
    changed_.notify_all();
    bytes.remove_prefix(size);
    offset += size;
  }
}

void WriteBehind::wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return pieces_.empty() || failure_; });
  rethrow(lock);
}

void WriteBehind::rethrow(std::unique_lock<std::mutex>& lock) {
  if (!failure_) return;
  const std::exception_ptr failure = failure_;
  lock.unlock();
  std::rethrow_exception(failure);
}

void WriteBehind::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopped_ || !pieces_.empty(); });
    if (stopped_) return;
    const Piece& piece = pieces_.front();  // stays where it is while others are pushed behind it
    lock.unlock();
    std::exception_ptr failure;
    try {
      write_(piece.offset, piece.bytes);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    waiting_ -= piece.bytes.size();
    pieces_.pop_front();
    if (failure) {
      failure_ = failure;
      pieces_.clear();
      lock.unlock();
      changed_.notify_all();
      return;
    }
    changed_.notify_all();
  }
}

}  // namespace seq::ngram

// Where counting keeps its numbers: in memory as far as a limit allows, in nameless temporary files beyond it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace seq::ngram {

/// `2G`, `200M`, `50%` of the machine's memory, in bytes; a bare number is bytes. Throws Error naming `key`.
uint64_t parse_size(const std::string& text, const std::string& key);

/// A file without a name in a folder: gone with its owner, and however the process ends.
class TemporaryStore {
 public:
  /// `folder` empty: TMPDIR or /tmp. Throws RunError when no file can be made there.
  explicit TemporaryStore(const std::string& folder);
  ~TemporaryStore();
  TemporaryStore(TemporaryStore&& other) noexcept;
  TemporaryStore& operator=(TemporaryStore&& other) noexcept;

  /// Throws RunError when the disk is full.
  void write(uint64_t offset, const void* bytes, size_t size);
  void read(uint64_t offset, void* bytes, size_t size) const;

 private:
  std::string folder_;
  int descriptor_ = -1;
};

/// Pages from the system, large ones where it has them; nothing for size 0. Throws std::bad_alloc.
void* map_memory(uint64_t size);
void unmap_memory(void* memory, uint64_t size);

/// What may be used: memory up to a limit, temporary files in a folder.
class Storage {
 public:
  Storage(uint64_t limit, std::string folder) : limit_(limit), folder_(std::move(folder)) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  uint64_t limit() const { return limit_; }
  /// Never nothing: below this, work would take ages to save little.
  uint64_t left() const { return std::max(kLeast, limit_ > used_ ? limit_ - used_ : 0); }
  /// Counts memory that something takes whatever the limit says.
  void take(uint64_t bytes) { used_ += bytes; }
  void give(uint64_t bytes) { used_ -= bytes; }
  TemporaryStore file() const { return TemporaryStore(folder_); }

  /// Memory that must stay free for what comes later; columns go to disk rather than use it.
  uint64_t reserve = 0;

 private:
  static constexpr uint64_t kLeast = 1 << 20;

  uint64_t limit_;
  std::string folder_;
  std::atomic<uint64_t> used_ = 0;
};

/// An array in memory of its own, zero at first, counted in a Storage; given back to the system with its owner.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Storage& storage, uint64_t size)
      : storage_(&storage), size_(size), data_(static_cast<T*>(map_memory(size * sizeof(T)))) {
    storage.take(size * sizeof(T));
  }
  ~Buffer() { clear(); }
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  uint64_t size() const { return size_; }
  T& operator[](uint64_t i) { return data_[i]; }
  const T& operator[](uint64_t i) const { return data_[i]; }
  void clear() {
    if (data_ == nullptr) return;
    storage_->give(size_ * sizeof(T));
    unmap_memory(data_, size_ * sizeof(T));
    data_ = nullptr;
    size_ = 0;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(storage_, other.storage_);
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
  }
  Storage* storage_ = nullptr;
  uint64_t size_ = 0;
  T* data_ = nullptr;
};

/// An array that is written and read in order from any place, in memory or on disk. Different parts may be written or
/// read by different threads at once.
template <class T>
class Column {
 public:
  Column() = default;
  /// Of a known size: in memory when that fits.
  Column(Storage& storage, uint64_t size) : size_(size) {
    if (size * sizeof(T) + storage.reserve <= storage.left()) {
      memory_ = Buffer<T>(storage, size);
    } else {
      file_ = std::make_unique<TemporaryStore>(storage.file());
    }
  }
  /// On disk, growing as it is written; set_size() when it is.
  explicit Column(Storage& storage) : file_(std::make_unique<TemporaryStore>(storage.file())) {}

  uint64_t size() const { return size_; }
  void set_size(uint64_t size) { size_ = size; }
  bool in_memory() const { return file_ == nullptr; }
  /// Only in memory.
  T* data() { return memory_.data(); }
  const T* data() const { return memory_.data(); }
  T at(uint64_t i) const {
    if (in_memory()) return memory_[i];
    T value;
    file_->read(i * sizeof(T), &value, sizeof value);
    return value;
  }
  /// Copies a part into memory.
  void load(uint64_t begin, T* out, uint64_t count) const {
    if (in_memory())
      std::copy_n(memory_.data() + begin, count, out);
    else
      file_->read(begin * sizeof(T), out, count * sizeof(T));
  }
  /// A part as an array: the column's own memory, or `room` into which it is read from disk.
  std::span<T> part(uint64_t begin, uint64_t count, std::vector<T>& room, bool read = true) {
    if (in_memory()) return {memory_.data() + begin, count};
    room.resize(count);
    if (read) file_->read(begin * sizeof(T), room.data(), count * sizeof(T));
    return room;
  }
  /// Writes a part back that was changed.
  void store(uint64_t begin, std::span<const T> part) {
    if (!in_memory()) file_->write(begin * sizeof(T), part.data(), part.size_bytes());
  }

  class Reader {
   public:
    Reader() = default;
    Reader(const Column& column, uint64_t begin) : column_(&column), next_(begin) {
      if (!column.in_memory()) return;
      at_ = column.data() + begin;
      end_ = column.data() + column.size_;
    }
    T next() {
      if (at_ == end_) refill();
      return *at_++;
    }

   private:
    void refill() {
      if (column_->in_memory()) throw std::logic_error("Column: read past the end");
      const uint64_t count = std::min<uint64_t>(kBlock, column_->size_ - next_);
      if (count == 0) throw std::logic_error("Column: read past the end");
      if (!buffer_) buffer_ = std::make_unique_for_overwrite<T[]>(kBlock);
      column_->file_->read(next_ * sizeof(T), buffer_.get(), count * sizeof(T));
      next_ += count;
      at_ = buffer_.get();
      end_ = at_ + count;
    }
    const Column* column_ = nullptr;
    const T* at_ = nullptr;
    const T* end_ = nullptr;
    uint64_t next_ = 0;
    std::unique_ptr<T[]> buffer_;
  };

  class Writer {
   public:
    Writer() = default;
    Writer(Column& column, uint64_t begin) : column_(&column), next_(begin) {
      if (!column.in_memory()) return;
      at_ = column.data() + begin;
      end_ = column.data() + column.size_;
    }
    void put(T value) {
      if (at_ == end_) flush();
      *at_++ = value;
    }
    /// Before the column is read.
    void finish() {
      if (buffer_) flush();
    }
    /// How many were written to a column on disk, were they written from its start.
    uint64_t position() const { return next_ + static_cast<uint64_t>(at_ - buffer_.get()); }

   private:
    void flush() {
      if (!buffer_) {
        buffer_ = std::make_unique_for_overwrite<T[]>(kBlock);
      } else {
        const auto count = static_cast<uint64_t>(at_ - buffer_.get());
        column_->file_->write(next_ * sizeof(T), buffer_.get(), count * sizeof(T));
        next_ += count;
      }
      at_ = buffer_.get();
      end_ = at_ + kBlock;
    }
    Column* column_ = nullptr;
    T* at_ = nullptr;
    T* end_ = nullptr;
    uint64_t next_ = 0;
    std::unique_ptr<T[]> buffer_;
  };

 private:
  static constexpr uint64_t kBlock = (1 << 17) / sizeof(T);

  uint64_t size_ = 0;
  Buffer<T> memory_;
  std::unique_ptr<TemporaryStore> file_;
};

}  // namespace seq::ngram

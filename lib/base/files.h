// Files: whole reads, atomic writes, memory maps, and streams of possibly compressed input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/crc32.h"

namespace seq {

namespace fs = std::filesystem;

/// The whole content. Throws Error when the file is missing or unreadable.
std::string read_file(const fs::path& path);

/// Replaces `path` in one step: temporary name beside it, sync, rename, sync of the folder.
/// Throws RunError (`… : No space left on device`), leaving no temporary file and the old content untouched.
void write_file_atomic(const fs::path& path, std::string_view content);

/// A file that appears under its name only when `commit()` succeeds; dropped otherwise.
class AtomicFile {
 public:
  explicit AtomicFile(fs::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Appends; buffered. Throws RunError when the disk is full.
  void write(std::string_view bytes);
  /// Appends many bytes that will not be read soon: the disk takes them while they are handed over, and the system keeps
  /// no copy in memory, for which it would have to find room. Throws RunError when the disk is full.
  void write_through(std::string_view bytes);
  /// Overwrites bytes that were written before, at `offset` (a header whose counts are known last).
  void write_at(uint64_t offset, std::string_view bytes);
  void commit();

 private:
  void flush();

  fs::path path_;
  fs::path temporary_;
  int descriptor_ = -1;
  std::string buffer_;
};

/// A read-only memory map of a whole file; empty files map to an empty span.
class MappedFile {
 public:
  /// Throws Error when the file is missing or unreadable.
  explicit MappedFile(const fs::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Bytes of a file, or of stdin for `-`; .gz, .bz2, .xz and .zst are unpacked, known by their first bytes.
class InputStream {
 public:
  /// Throws Error when the file is missing or unreadable.
  explicit InputStream(const fs::path& path);
  ~InputStream();
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;

  /// The next block, empty at the end; valid until the next call.
  /// Throws Error when the compressed data are damaged or cut short.
  std::string_view next_block();
  /// Bytes read so far as they are stored, before unpacking: how far a pass has come through a file.
  uint64_t stored_bytes() const;

 private:
  struct Archive;
  std::unique_ptr<Archive> archive_;
};

/// Lines of a file or stdin without their end (`\n` or `\r\n`); a last line without an end counts too.
class LineReader {
 public:
  explicit LineReader(const fs::path& path) : input_(path) {}
  /// False at the end. `line` is valid until the next call.
  bool next(std::string_view& line);
  /// Number of the line that `next` gave last, from 1.
  int64_t number() const { return number_; }

 private:
  InputStream input_;
  std::string_view block_;
  std::string carry_;
  int64_t number_ = 0;
  bool ended_ = false;
};

/// Holds an advisory lock on a file for as long as it lives; the file stays behind, which is harmless.
class FileLock {
 public:
  /// Throws Error(`held_message`) when another process holds it.
  FileLock(const fs::path& path, const std::string& held_message);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// A name for a file in the system's temporary folder, removed with its owner.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& prefix);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What tells one content from another: size and CRC-32 of a file, for data fingerprints.
struct Fingerprint {
  uint64_t size = 0;
  uint32_t crc32 = 0;
  bool operator==(const Fingerprint&) const = default;
};
Fingerprint fingerprint(const fs::path& path);

}  // namespace seq

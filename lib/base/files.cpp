// Whole reads, atomic writes, memory maps, locks and checksums.
#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/temporary_folder.h"

namespace seq {
namespace {

constexpr size_t kBufferSize = 1 << 20;

std::string system_message(int error_number) {
  return std::strerror(error_number);
}

/// An open descriptor that closes itself.
struct Descriptor {
  int number = -1;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

Descriptor open_for_reading(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) throw Error(path.string() + ": is a folder, expected a file");
  Descriptor descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (descriptor.number >= 0) return descriptor;
  if (errno == ENOENT) throw Error(path.string() + ": no such file");
  throw Error(path.string() + ": cannot be read: " + system_message(errno));
}

void write_fully(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw RunError(path.string() + ": cannot be written: " + system_message(errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

#ifdef __linux__
/// Has the disk take some bytes of a file; a file system that cannot leaves it to fsync.
void sync_bytes(int descriptor, off_t offset, size_t size, unsigned flags, const fs::path& path) {
  if (::sync_file_range(descriptor, offset, static_cast<off_t>(size), flags) == 0) return;
  if (errno != EINVAL && errno != ENOSYS && errno != ESPIPE)
    throw RunError(path.string() + ": cannot be written: " + system_message(errno));
}
#endif

void sync_folder(const fs::path& folder) {
  const Descriptor descriptor{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (descriptor.number >= 0) ::fsync(descriptor.number);
}

}  // namespace

std::string read_file(const fs::path& path) {
  const Descriptor descriptor = open_for_reading(path);
  std::string content;
  std::string buffer(kBufferSize, '\0');
  for (;;) {
    const ssize_t got = ::read(descriptor.number, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(path.string() + ": cannot be read: " + system_message(errno));
    if (got == 0) return content;
    content.append(buffer, 0, static_cast<size_t>(got));
  }
}

void write_file_atomic(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)), temporary_(path_) {
  temporary_ += ".tmp" + std::to_string(::getpid());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw RunError(path_.string() + ": cannot be written: " + system_message(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;  // committed
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  if (bytes.size() >= kBufferSize) {  // a tensor of gigabytes is not copied
    flush();
    write_fully(descriptor_, bytes, path_);
    return;
  }
  buffer_ += bytes;
  if (buffer_.size() >= kBufferSize) flush();
}

void AtomicFile::write_through(std::string_view bytes) {
#ifdef __linux__
  constexpr size_t kPiece = size_t{4} << 20;
  if (bytes.size() < kPiece) return write(bytes);
  flush();
  const off_t begin = ::lseek(descriptor_, 0, SEEK_CUR);
  for (size_t done = 0; done < bytes.size(); done += kPiece) {
    const std::string_view piece = bytes.substr(done, kPiece);
    write_fully(descriptor_, piece, path_);
    const off_t offset = begin + static_cast<off_t>(done);
    sync_bytes(descriptor_, offset, piece.size(), SYNC_FILE_RANGE_WRITE, path_);
    if (done == 0) continue;  // the piece before had the time to reach the disk
    const off_t before = offset - static_cast<off_t>(kPiece);
    sync_bytes(descriptor_, before, kPiece,
               SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER, path_);
    ::posix_fadvise(descriptor_, before, static_cast<off_t>(kPiece), POSIX_FADV_DONTNEED);
  }
#else
  write(bytes);
#endif
}

void AtomicFile::flush() {
  write_fully(descriptor_, buffer_, path_);
  buffer_.clear();
}

void AtomicFile::write_at(uint64_t offset, std::string_view bytes) {
  flush();
  const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written != static_cast<ssize_t>(bytes.size()))
    throw RunError(path_.string() + ": cannot be written: " + system_message(errno));
}

void AtomicFile::commit() {
  flush();
  if (::fsync(descriptor_) != 0) throw RunError(path_.string() + ": cannot be written: " + system_message(errno));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    throw RunError(path_.string() + ": cannot be renamed into place: " + system_message(errno));
  ::close(descriptor_);
  descriptor_ = -1;
  sync_folder(path_.parent_path());
}

MappedFile::MappedFile(const fs::path& path) {
  const Descriptor descriptor = open_for_reading(path);
  struct stat status {};
  if (::fstat(descriptor.number, &status) != 0)
    throw Error(path.string() + ": cannot be read: " + system_message(errno));
  size_ = static_cast<size_t>(status.st_size);
  if (size_ == 0) return;
  void* mapped = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor.number, 0);
  if (mapped == MAP_FAILED) throw Error(path.string() + ": cannot be mapped: " + system_message(errno));
  data_ = static_cast<const std::byte*>(mapped);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

FileLock::FileLock(const fs::path& path, const std::string& held_message) {
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw Error(path.string() + ": cannot be written: " + system_message(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error_number = errno;
  ::close(descriptor_);
  if (error_number == EWOULDBLOCK) throw Error(held_message);
  throw Error(path.string() + ": cannot be locked: " + system_message(error_number));
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

TemporaryFile::TemporaryFile(const std::string& prefix) {
  std::string name = (temporary_folder() / (prefix + "-XXXXXX")).string();
  const Descriptor descriptor{::mkstemp(name.data())};
  if (descriptor.number < 0) throw RunError(name + ": cannot be created: " + system_message(errno));
  path_ = name;
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

Fingerprint fingerprint(const fs::path& path) {
  const MappedFile file(path);
  return {file.bytes().size(), crc32(file.text())};
}

}  // namespace seq

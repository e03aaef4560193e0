// Blocks and lines of plain or compressed files, unpacked by libarchive.
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/gunzip.h"

namespace seq {

constexpr size_t kBlockSize = 1 << 18;

/// A descriptor that libarchive reads through `read_packed`, which unpacks gzip on the way.
struct InputStream::Archive {
  explicit Archive(const fs::path& path) : name(path == "-" ? "stdin" : path.string()), block(kBlockSize) {
    if (path == "-") {
      descriptor = STDIN_FILENO;
      return;
    }
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) throw Error(name + ": is a folder, expected a file");
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) return;
    throw Error(name + (errno == ENOENT ? ": no such file" : std::string(": cannot be read: ") + std::strerror(errno)));
  }
  ~Archive() {
    archive_read_free(handle);
    if (descriptor > STDIN_FILENO) ::close(descriptor);
  }
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  [[noreturn]] void fail() const {
    const char* message = archive_error_string(handle);
    throw Error(name + ": damaged or cut short: " + (message != nullptr ? message : "unreadable"));
  }

  /// The next bytes as they are stored, empty at the end; at least `least` of them unless the input ends.
  std::string_view read_stored(size_t least) {
    size_t size = 0;
    while (size < least) {
      const ssize_t got = ::read(descriptor, block.data() + size, block.size() - size);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) throw Error(std::strerror(errno));
      if (got == 0) break;
      size += static_cast<size_t>(got);
    }
    stored_bytes += size;
    return {block.data(), size};
  }

  std::string_view next_bytes() {
    if (!begun) {
      begun = true;
      const std::string_view first = read_stored(2);
      if (!Gunzip::recognises(first)) return first;
      gunzip = std::make_unique<Gunzip>();
      gunzip->feed(first);
    }
    if (gunzip == nullptr) return read_stored(1);
    for (;;) {
      if (const std::string_view unpacked = gunzip->next(); !unpacked.empty()) return unpacked;
      const std::string_view stored = read_stored(1);
      if (stored.empty()) {
        gunzip->finish();
        return {};
      }
      gunzip->feed(stored);
    }
  }

  static la_ssize_t read_packed(archive* reader, void* self, const void** bytes) {
    try {  // no exception may cross libarchive, which is C
      const std::string_view next = static_cast<Archive*>(self)->next_bytes();
      *bytes = next.data();
      return static_cast<la_ssize_t>(next.size());
    } catch (const std::exception& error) {
      archive_set_error(reader, EIO, "%s", error.what());
      return -1;
    }
  }

  std::string name;
  std::vector<char> block;
  int descriptor = -1;
  uint64_t stored_bytes = 0;
  bool begun = false;
  std::unique_ptr<Gunzip> gunzip;  ///< for gzip alone
  archive* handle = nullptr;
};

InputStream::InputStream(const fs::path& path) : archive_(std::make_unique<Archive>(path)) {
  archive_->handle = archive_read_new();
  archive_read_support_filter_bzip2(archive_->handle);
  archive_read_support_filter_xz(archive_->handle);
  archive_read_support_filter_zstd(archive_->handle);
  archive_read_support_format_raw(archive_->handle);
  archive_read_support_format_empty(archive_->handle);
  if (archive_read_open(archive_->handle, archive_.get(), nullptr, &Archive::read_packed, nullptr) != ARCHIVE_OK)
    archive_->fail();
  archive_entry* entry = nullptr;
  const int header = archive_read_next_header(archive_->handle, &entry);
  if (header != ARCHIVE_OK && header != ARCHIVE_EOF) archive_->fail();
}

InputStream::~InputStream() = default;

uint64_t InputStream::stored_bytes() const {
  return archive_->stored_bytes;
}

std::string_view InputStream::next_block() {
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int status = archive_read_data_block(archive_->handle, &data, &size, &offset);
    if (status == ARCHIVE_EOF) return {};
    if (status != ARCHIVE_OK) {
      // An empty input has no entry to read from, which libarchive reports as misuse rather than as the end.
      if (archive_filter_bytes(archive_->handle, 0) == 0) return {};
      archive_->fail();
    }
    if (size > 0) return {static_cast<const char*>(data), size};
  }
}

bool LineReader::next(std::string_view& line) {
  carry_.clear();
  for (;;) {
    const size_t end = block_.find('\n');
    if (end != std::string_view::npos) {
      line = block_.substr(0, end);
      block_.remove_prefix(end + 1);
      break;
    }
    carry_ += block_;
    block_ = ended_ ? std::string_view{} : input_.next_block();
    if (!block_.empty()) {
      const size_t first_end = block_.find('\n');
      if (first_end == std::string_view::npos) continue;
      carry_ += block_.substr(0, first_end);
      block_.remove_prefix(first_end + 1);
      line = carry_;
      break;
    }
    ended_ = true;
    if (carry_.empty()) return false;
    line = carry_;
    break;
  }
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  ++number_;
  return true;
}

}  // namespace seq

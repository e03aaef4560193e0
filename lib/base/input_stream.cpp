// Blocks and lines of plain or compressed files, unpacked by libarchive.
#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/files.h"

namespace seq {

struct InputStream::Archive {
  std::string name;
  archive* handle = nullptr;
  ~Archive() { archive_read_free(handle); }

  [[noreturn]] void fail() const {
    const char* message = archive_error_string(handle);
    throw Error(name + ": damaged or cut short: " + (message != nullptr ? message : "unreadable"));
  }
};

InputStream::InputStream(const fs::path& path) : archive_(std::make_unique<Archive>()) {
  constexpr size_t kBlockSize = 1 << 18;
  const bool is_stdin = path == "-";
  archive_->name = is_stdin ? "stdin" : path.string();
  std::error_code ignored;
  if (!is_stdin && fs::is_directory(path, ignored)) throw Error(archive_->name + ": is a folder, expected a file");
  if (!is_stdin && !fs::exists(path, ignored)) throw Error(archive_->name + ": no such file");

  archive_->handle = archive_read_new();
  archive_read_support_filter_gzip(archive_->handle);
  archive_read_support_filter_bzip2(archive_->handle);
  archive_read_support_filter_xz(archive_->handle);
  archive_read_support_filter_zstd(archive_->handle);
  archive_read_support_format_raw(archive_->handle);
  archive_read_support_format_empty(archive_->handle);
  const int opened = is_stdin ? archive_read_open_fd(archive_->handle, 0, kBlockSize)
                              : archive_read_open_filename(archive_->handle, path.c_str(), kBlockSize);
  if (opened != ARCHIVE_OK) throw Error(archive_->name + ": cannot be read: " + archive_error_string(archive_->handle));
  archive_entry* entry = nullptr;
  const int header = archive_read_next_header(archive_->handle, &entry);
  if (header != ARCHIVE_OK && header != ARCHIVE_EOF) archive_->fail();
}

InputStream::~InputStream() = default;

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

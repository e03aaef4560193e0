// Atomic files and stdout behind libarchive's filters.
#include "ngram/output_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "ngram/write_behind.h"

namespace seq::ngram {

struct OutputFile::State {
  std::string path;
  std::optional<AtomicFile> file;  ///< none: stdout, or what is no regular file (a pipe, /dev/null)
  int descriptor = STDOUT_FILENO;
  archive* packer = nullptr;
  std::exception_ptr failure;
  std::unique_ptr<WriteBehind> behind =
      std::make_unique<WriteBehind>([this](uint64_t, std::string_view bytes) { write(bytes); });

  ~State() {
    behind.reset();  // ends its thread before what it writes to
    if (packer != nullptr) {
      archive_write_fail(packer);  // without it an unfinished one would still be written to the end
      archive_write_free(packer);
    }
    if (descriptor != STDOUT_FILENO) ::close(descriptor);
  }
  std::string name() const { return path == "-" ? "stdout" : path; }
  void open() {
    std::error_code ignored;
    if (path == "-") return;
    if (!fs::exists(path, ignored) || fs::is_regular_file(path, ignored)) {
      file.emplace(path);
      return;
    }
    if (fs::is_directory(path, ignored)) throw Error(path + ": is a folder, expected a file to write");
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) throw RunError(path + ": cannot be written: " + std::strerror(errno));
  }
  void put(std::string_view bytes) {
    if (file) return file->write(bytes);
    while (!bytes.empty()) {
      const ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) throw RunError(name() + ": cannot be written: " + std::strerror(errno));
      bytes.remove_prefix(static_cast<size_t>(done));
    }
  }
  void check(la_ssize_t result) {
    if (result >= 0) return;
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    throw RunError(name() + ": cannot be packed: " + archive_error_string(packer));
  }
  void write(std::string_view bytes) {
    if (packer == nullptr) return put(bytes);
    while (!bytes.empty()) {
      const la_ssize_t done = archive_write_data(packer, bytes.data(), bytes.size());
      check(done);
      bytes.remove_prefix(static_cast<size_t>(done));
    }
  }
  /// What libarchive calls; an exception must not pass through it.
  static la_ssize_t put_packed(archive* packer, void* self, const void* bytes, size_t size) {
    auto* const state = static_cast<State*>(self);
    try {
      state->put({static_cast<const char*>(bytes), size});
      return static_cast<la_ssize_t>(size);
    } catch (...) {
      state->failure = std::current_exception();
      archive_set_error(packer, EIO, "write failed");
      return ARCHIVE_FATAL;
    }
  }
};

OutputFile::OutputFile(const std::string& path)
    : OutputFile(path, path.ends_with(".gz")    ? Packing::gzip
                       : path.ends_with(".zst") ? Packing::zstd
                                                : Packing::none) {}

OutputFile OutputFile::packed(const std::string& path) {
  return OutputFile(path, Packing::zstd);
}

OutputFile::OutputFile(const std::string& path, Packing packing) : state_(std::make_unique<State>()) {
  state_->path = path;
  state_->open();
  if (packing == Packing::none) return;
  archive* const packer = state_->packer = archive_write_new();
  archive_write_set_format_raw(packer);
  archive_write_set_bytes_in_last_block(packer, 1);
  const int added =
      packing == Packing::gzip ? archive_write_add_filter_gzip(packer) : archive_write_add_filter_zstd(packer);
  if (added != ARCHIVE_OK) throw RunError(state_->name() + ": libarchive cannot pack this way");
  if (packing == Packing::gzip) archive_write_set_filter_option(packer, "gzip", "timestamp", nullptr);
  state_->check(archive_write_open(packer, state_.get(), nullptr, &State::put_packed, nullptr));
  archive_entry* const entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  const int header = archive_write_header(packer, entry);
  archive_entry_free(entry);
  state_->check(header);
}

OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile::~OutputFile() = default;

void OutputFile::write(std::string_view bytes) {
  state_->behind->put(0, bytes);
}

void OutputFile::commit() {
  state_->behind->wait();
  if (state_->packer != nullptr) state_->check(archive_write_close(state_->packer));
  if (state_->file) state_->file->commit();
}

}  // namespace seq::ngram

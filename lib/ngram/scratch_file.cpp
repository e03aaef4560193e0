// Files without a name.
#include "ngram/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/temporary_folder.h"

namespace seq::ngram {

namespace fs = std::filesystem;

ScratchFile::ScratchFile(const fs::path& folder) : folder_(folder.empty() ? temporary_folder() : folder) {
  std::string name = (folder_ / "seqtool-XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0)
    throw RunError(folder_.string() + ": no temporary file can be made there: " + std::strerror(errno));
  ::unlink(name.c_str());
  behind_ =
      std::make_unique<WriteBehind>([this](uint64_t offset, std::string_view bytes) { write_now(offset, bytes); });
}

ScratchFile::~ScratchFile() {
  behind_.reset();  // ends its thread before what it writes to
  ::close(descriptor_);
}

void ScratchFile::write_now(uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      throw RunError(folder_.string() + ": temporary file cannot be written: " + std::strerror(errno) +
                     " (choose another folder with --temp)");
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
}

void ScratchFile::read(uint64_t offset, void* bytes, size_t size) {
  behind_->wait();
  char* data = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = ::pread(descriptor_, data, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      throw RunError(folder_.string() +
                     ": temporary file cannot be read: " + (got < 0 ? std::strerror(errno) : "it is cut short"));
    data += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
}

}  // namespace seq::ngram

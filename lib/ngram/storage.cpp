// Sizes and temporary files.
#include "ngram/storage.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "base/memory.h"

namespace seq::ngram {

uint64_t parse_size(const std::string& text, const std::string& key) {
  const auto refuse = [&]() -> Error {
    return Error(key + ": \"" + text + "\" is no amount of memory (examples: 200M, 2G, 50%)");
  };
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  if (failure != std::errc{} || !std::isfinite(number) || number <= 0 || unit.size() > 1) throw refuse();
  double scale = 1;
  if (unit == "%") {
    if (number > 100) throw refuse();
    scale = static_cast<double>(physical_memory()) / 100;
  } else if (!unit.empty() && unit != "b") {
    const size_t power = std::string("KMGT").find(unit);
    if (power == std::string::npos) throw refuse();
    scale = std::pow(1024.0, static_cast<double>(power + 1));
  }
  if (number * scale > 1e18) throw refuse();
  return static_cast<uint64_t>(number * scale);
}

void* map_memory(uint64_t size) {
  constexpr uint64_t kLargePages = 16 << 20;  // smaller arrays would round up too much
  if (size == 0) return nullptr;
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  if (size >= kLargePages) ::madvise(memory, size, MADV_HUGEPAGE);
  return memory;
}

void unmap_memory(void* memory, uint64_t size) {
  ::munmap(memory, size);
}

TemporaryStore::TemporaryStore(const std::string& folder) {
  const char* const given = std::getenv("TMPDIR");
  folder_ = !folder.empty() ? folder : given != nullptr && *given != '\0' ? given : "/tmp";
  std::string name = folder_ + "/seqtool-ngram-XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) throw RunError(folder_ + ": no temporary file can be made: " + std::strerror(errno));
  ::unlink(name.c_str());
}

TemporaryStore::~TemporaryStore() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

TemporaryStore::TemporaryStore(TemporaryStore&& other) noexcept
    : folder_(std::move(other.folder_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

TemporaryStore& TemporaryStore::operator=(TemporaryStore&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void TemporaryStore::write(uint64_t offset, const void* bytes, size_t size) {
  const char* from = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t done = ::pwrite(descriptor_, from, size, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0)
      throw RunError(folder_ + ": temporary file cannot be written: " + std::strerror(errno) +
                     " (--temp names another folder, --memory keeps more in memory)");
    from += done;
    offset += static_cast<uint64_t>(done);
    size -= static_cast<size_t>(done);
  }
}

void TemporaryStore::read(uint64_t offset, void* bytes, size_t size) const {
  char* to = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t done = ::pread(descriptor_, to, size, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0)
      throw RunError(folder_ + ": temporary file cannot be read: " + (done < 0 ? std::strerror(errno) : "cut short"));
    to += done;
    offset += static_cast<uint64_t>(done);
    size -= static_cast<size_t>(done);
  }
}

}  // namespace seq::ngram

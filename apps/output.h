// The output of a filter as a stream.
#pragma once

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <streambuf>
#include <string>

#include "base/files.h"

namespace seq::apps {

/// Where a verb writes to: stdout, or a file that appears when all is done.
class Output {
 public:
  explicit Output(const std::string& path) {
    if (path.empty() || path == "-") return;
    file_ = std::make_unique<AtomicFile>(path);
    buffer_.emplace(*file_);
    stream_.emplace(&*buffer_);
  }
  std::ostream& stream() { return stream_ ? *stream_ : std::cout; }
  bool is_terminal() const { return !stream_ && isatty(STDOUT_FILENO) != 0; }
  void finish() {
    if (file_ != nullptr) file_->commit();
  }

 private:
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(AtomicFile& file) : file_(file) {}

   protected:
    int_type overflow(int_type c) override {
      const char byte = traits_type::to_char_type(c);
      file_.write({&byte, 1});
      return c;
    }
    std::streamsize xsputn(const char* bytes, std::streamsize count) override {
      file_.write({bytes, static_cast<size_t>(count)});
      return count;
    }

   private:
    AtomicFile& file_;
  };
  std::unique_ptr<AtomicFile> file_;
  std::optional<Buffer> buffer_;
  std::optional<std::ostream> stream_;
};

}  // namespace seq::apps

// The text of some files as one stream of valid UTF-8, however large they are.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "text/utf8.h"

namespace seq {

/// Reads files one after another, unpacking them, in blocks that are cut between code points. A byte order mark at the
/// start of a file is dropped.
class TextReader {
 public:
  TextReader(std::vector<std::string> paths, InvalidUtf8 invalid) : paths_(std::move(paths)), invalid_(invalid) {}
  /// The next block, empty at the end; valid until the next call. Throws Error with the file's name: missing, a folder,
  /// damaged, binary, not UTF-8.
  std::string_view next_block();
  /// The file that the last block came from.
  const std::string& name() const { return name_; }

 private:
  std::vector<std::string> paths_;
  InvalidUtf8 invalid_;
  size_t next_ = 0;
  bool starts_ = true;  ///< nothing of the file was read: a byte order mark may come
  std::string name_;
  std::unique_ptr<InputStream> input_;
  std::unique_ptr<Utf8Blocks> blocks_;
};

/// Refuses what could not be read as text more than once, before any work: missing, folders, pipes.
/// Throws Error with the file's name.
void check_text_files(const std::vector<std::string>& paths);

}  // namespace seq

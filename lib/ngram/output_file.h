// A file to write, or stdout; compressed when its name says so.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace seq::ngram {

/// Bytes in order into `path` (`-` is stdout), packed for names that end in .gz or .zst. A file appears under its name
/// only at commit(), complete. Throws RunError when it cannot be written.
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  /// The same, always packed as .zst.
  static OutputFile packed(const std::string& path);
  OutputFile(OutputFile&&) noexcept;
  ~OutputFile();
  void write(std::string_view bytes);
  void commit();

 private:
  enum class Packing { none, gzip, zstd };
  OutputFile(const std::string& path, Packing packing);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seq::ngram

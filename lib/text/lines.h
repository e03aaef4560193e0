// The lines of a text in memory, and what messages call the file of one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace seq {

/// A file as messages name it.
inline std::string shown_name(const std::filesystem::path& path) {
  return path == "-" ? "stdin" : path.string();
}

/// Calls `use(line, index)` for each line without its end (`\n` or `\r\n`); a last line without an end counts too.
template <class Use>
void for_each_line(std::string_view text, const Use& use) {
  for (int64_t index = 0; !text.empty(); ++index) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    use(line, index);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace seq

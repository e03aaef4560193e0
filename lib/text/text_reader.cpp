// From files to blocks of valid UTF-8.
#include "text/text_reader.h"

#include "base/error.h"
#include "run/interruption.h"
#include "text/lines.h"

namespace seq {

std::string_view TextReader::next_block() {
  for (;;) {
    if (input_ == nullptr) {
      if (next_ == paths_.size()) return {};
      name_ = shown_name(paths_[next_]);
      input_ = std::make_unique<InputStream>(paths_[next_]);
      blocks_ = std::make_unique<Utf8Blocks>(name_, invalid_);
      starts_ = true;
      ++next_;
    }
    InterruptionGuard::check();
    const std::string_view block = input_->next_block();
    if (progress_ != nullptr) progress_->update(static_cast<int64_t>(earlier_bytes_ + input_->stored_bytes()));
    const std::string_view text = block.empty() ? blocks_->finish() : blocks_->feed(block);
    if (block.empty()) {
      earlier_bytes_ += input_->stored_bytes();
      input_.reset();
    }
    const bool starts = starts_;
    starts_ = starts_ && text.empty();
    const std::string_view rest = starts && text.starts_with("\uFEFF") ? text.substr(3) : text;
    if (!rest.empty()) return rest;
  }
}

int64_t stored_size(const std::vector<std::string>& paths) {
  uint64_t size = 0;
  for (const std::string& path : paths) {
    std::error_code failed;
    size += fs::file_size(path, failed);
    if (failed) return 0;
  }
  return static_cast<int64_t>(size);
}

void check_text_files(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (path == "-") throw Error("stdin: cannot be read more than once; save it to a file");
    std::error_code ignored;
    if (fs::is_directory(path, ignored))
      throw Error(
          path +
          ": is a folder, expected a text file (list its files; labelled texts in folders: data.examples.format)");
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
      throw Error(path + ": cannot be read more than once, as it is no regular file; save it to a file");
    const InputStream readable(path);
  }
}

}  // namespace seq

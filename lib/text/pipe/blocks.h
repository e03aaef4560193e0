// Files in the pieces that threads take: whole lines, or parts of a text that a tokenizer allows to be cut.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "text/pipe.h"
#include "text/streamed_text.h"
#include "text/text_reader.h"

namespace seq {

/// A piece of the input.
struct TextBlock {
  std::string text;
  std::string file;  ///< as messages name it
  int64_t first_line = 1;
  Place place = Place::start;
  bool starts_text = true;
  bool ends_text = true;
};

/// Blocks of files that each end behind one of some bytes, or with their file: whole lines for `\n`. `starts_text`
/// marks the first of a file.
class LineBlocks {
 public:
  /// What is referred to must outlive it.
  LineBlocks(const std::vector<std::string>& files, const PipeOptions& options, std::string_view ends = "\n")
      : files_(files), options_(options), ends_(ends) {}
  /// False at the end of all files.
  bool next(TextBlock& block);

 private:
  void fill(std::string& text);

  const std::vector<std::string>& files_;
  const PipeOptions& options_;
  std::string_view ends_;
  size_t file_ = 0;
  std::unique_ptr<InputStream> input_;
  std::string name_, carry_;
  int64_t line_ = 1;
  bool at_start_ = true;
};

/// Whether a text comes whole, or in the parts of StreamedText.
enum class TextParts { one, many };

/// Each file as one text of valid UTF-8; the last block of a text may be empty.
class WholeTexts {
 public:
  WholeTexts(const Tokenizer& tokenizer, const std::vector<std::string>& files, InvalidUtf8 invalid, TextParts parts)
      : files_(files), invalid_(invalid), parts_(parts), text_(tokenizer) {}
  bool next(TextBlock& block);

 private:
  void read_more();

  const std::vector<std::string>& files_;
  InvalidUtf8 invalid_;
  TextParts parts_;
  StreamedText text_;
  size_t file_ = 0;
  std::unique_ptr<TextReader> reader_;
  std::deque<TextBlock> ready_;
  bool starts_ = true;
};

}  // namespace seq

// Blocks of text to what is written of them: the work of one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/pipe/blocks.h"
#include "text/pipe/written_tokens.h"

namespace seq {

/// What is wanted of a block: its output, the ids of each line, or all ids in a row.
enum class Keep { output, lines, ids };

/// A block and what became of it.
struct EncodeJob {
  TextBlock block;
  std::string out;
  std::vector<int32_t> ids;
  std::vector<std::vector<int32_t>> lines;
};

class LineEncoder {
 public:
  /// What is referred to must outlive it.
  LineEncoder(const Tokenizer& tokenizer, const PipeOptions& options, const Framing& framing, Keep keep);
  /// Encodes a block of lines, or of a text in whole mode. Throws Error with its file, and the line's number.
  void encode(EncodeJob& job);

 private:
  void encode_lines(EncodeJob& job);
  void encode_part(EncodeJob& job);
  void encode_line(std::string_view line, EncodeJob& job);
  std::string_view valid_line(std::string_view line);
  std::string json_line(std::string_view line) const;

  const Tokenizer& tokenizer_;
  const PipeOptions& options_;
  const Framing& framing_;
  Keep keep_;
  bool framed_;
  std::unique_ptr<TokenEncoder> encoder_;
  TokenWriter writer_;
  std::vector<int32_t> ids_;
  std::string replaced_;
};

}  // namespace seq

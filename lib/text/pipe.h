// Tokenizers as filters over streams: what `seqtool tokenize encode | decode | info` does.
//
// Lines: every line of input gives exactly one line of output, empty lines too; line ends (`\n`, `\r\n`) are no tokens.
// Whole: every file is one text, its line ends are tokens, and its output is one line. Reading that line back in whole
// mode gives the file byte for byte where the tokenizer keeps everything. Memory grows with the text only for JSON, for
// padding to the longest line, and for tokenizers without pre-tokenizer, to which a text is one word.
// A byte order mark at the start of an input is dropped.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace seq {

/// How tokens are written.
enum class EncodeFormat {
  ids,     ///< `3 17 4`
  tokens,  ///< `T o ▁ b e`, as shown_token() spells them
  json,    ///< `{"ids": [3], "tokens": ["T"], "offsets": [[0, 1]], "char_offsets": [[0, 1]]}`
};

/// What a text is.
enum class TextUnit { lines, whole };

/// How streams are read and written.
struct PipeOptions {
  EncodeFormat format = EncodeFormat::ids;
  TextUnit unit = TextUnit::lines;
  InvalidUtf8 invalid = InvalidUtf8::refuse;
  bool keep_specials = false;       ///< decode: write `<unk>` for the unknown token, say, in place of nothing
  bool flush_each_line = false;     ///< for a reader who waits at a terminal
  int64_t threads = 0;              ///< 0: one for each core
  bool frame = true;                ///< encode: with the tokens of the template
  bool pairs = false;               ///< encode: a line is two texts with a tab between them
  std::optional<int64_t> truncate;  ///< encode: to so many tokens, in place of what the file says
  std::optional<int64_t> pad;       ///< encode: to so many tokens; 0: to the longest line
  SpecialText special = SpecialText::token;
};

/// A token as one word that shows: a space is `▁`, what does not show `\n`, `\t`, `\r` or `\u00A0`, and the two signs
/// themselves are `\\` and `\u2581`. So a list of tokens may be cut at its spaces.
std::string shown_token(std::string_view token);

/// Encodes some files (`-` is stdin) to `out`. The offsets of JSON count from the start of the line (or text); those
/// of a byte inside a character are the character's in `char_offsets`, as in HF tokenizers.
/// Throws Error(`x.txt:12: …`): not UTF-8, a character without an id; as RunError when something was written before
/// it. Throws RunError when `out` cannot be written.
void encode_stream(const Tokenizer& tokenizer, const std::vector<std::string>& files, std::ostream& out,
                   const PipeOptions& options);

/// The ids of some files, one after another, as a token file, which trainers map.
void encode_token_file(const Tokenizer& tokenizer, const std::vector<std::string>& files,
                       const std::filesystem::path& out, const PipeOptions& options);

/// Restores text from lines of ids: one line from each, or, in whole mode, all texts with nothing between them.
/// Throws Error(`x.ids:12: "a7" is not an id …`, `x.ids:12: 99 is not in the vocabulary (ids 0 to 65)`).
void decode_stream(const Tokenizer& tokenizer, const std::vector<std::string>& files, std::ostream& out,
                   const PipeOptions& options);

/// Tells the type, size and special tokens, then the table of tokens; with their counts in some texts, and how much of
/// the texts is known, when `texts` is not empty. As lines of columns between tabs, or as one JSON object for
/// EncodeFormat::json.
void print_info(const Tokenizer& tokenizer, const std::vector<std::string>& texts, std::ostream& out,
                const PipeOptions& options);

}  // namespace seq

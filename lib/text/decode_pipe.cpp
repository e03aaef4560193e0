// Ids back to text, line by line or block by block; how tokens are shown.
#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/error.h"
#include "base/files.h"
#include "text/pipe.h"

namespace seq {
namespace {

std::string shown_name(const std::string& file) {
  return file == "-" ? "stdin" : file;
}

void check_written(const std::ostream& out) {
  if (!out) throw RunError("the output cannot be written (disk full, or its reader is gone)");
}

void write(std::string_view text, std::ostream& out) {
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// Ends a line of output.
void end_line(std::ostream& out, const PipeOptions& options) {
  out.put('\n');
  if (options.flush_each_line) out.flush();
  check_written(out);
}

/// Appends the ids that stand in a line.
void parse_ids(std::string_view line, int32_t vocabulary_size, std::vector<int32_t>& ids) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  for (auto at = line.begin(); (at = std::find_if_not(at, line.end(), is_space)) != line.end();) {
    const auto end = std::find_if(at, line.end(), is_space);
    int64_t id = 0;
    const auto [stop, failure] = std::from_chars(at, end, id);
    if (stop != end || failure == std::errc::invalid_argument)
      throw Error(Json(std::string(at, std::min(end, at + 40))).dump(-1, ' ', false, Json::error_handler_t::replace) +
                  " is not an id (expected numbers between spaces)");
    if (failure != std::errc{} || id < 0 || id >= vocabulary_size)
      throw Error(fmt::format("{} is not in the vocabulary (ids 0 to {})", std::string(at, std::min(end, at + 40)),
                              vocabulary_size - 1));
    ids.push_back(static_cast<int32_t>(id));
    at = end;
  }
}

/// Writes the text of the ids in one line, or a piece of one.
class Decoder {
 public:
  Decoder(const Tokenizer& tokenizer, const std::string& file, std::ostream& out, const PipeOptions& options)
      : tokenizer_(tokenizer), file_(file), out_(out), keep_specials_(options.keep_specials) {}

  void add(std::string_view line, int64_t number) {
    ids_.clear();
    text_.clear();
    try {
      parse_ids(line, tokenizer_.vocabulary().size(), ids_);
    } catch (const Error& error) {
      throw Error(fmt::format("{}:{}: {}", shown_name(file_), number, error.what()));
    }
    tokenizer_.decode_more(before_, ids_, text_, keep_specials_);
    write(text_, out_);
    if (ids_.empty()) return;
    before_.insert(before_.end(), ids_.begin(), ids_.end());
    if (before_.size() > 64) before_.erase(before_.begin(), before_.end() - 16);
  }
  /// What comes next does not go on with what was there.
  void start_text() { before_.clear(); }

 private:
  const Tokenizer& tokenizer_;
  const std::string& file_;
  std::ostream& out_;
  bool keep_specials_;
  std::vector<int32_t> before_;
  std::vector<int32_t> ids_;
  std::string text_;
};

void decode_lines(const Tokenizer& tokenizer, const std::string& file, std::ostream& out, const PipeOptions& options) {
  LineReader lines(file);
  Decoder decoder(tokenizer, file, out, options);
  for (std::string_view line; lines.next(line);) {
    decoder.start_text();
    decoder.add(line, lines.number());
    end_line(out, options);
  }
}

/// In blocks, since the ids of a whole text may be one line of any length.
void decode_whole(const Tokenizer& tokenizer, const std::string& file, std::ostream& out, const PipeOptions& options) {
  constexpr size_t kLongestNumber = 64;
  InputStream input(file);
  Decoder decoder(tokenizer, file, out, options);
  std::string pending;
  int64_t number = 1;
  for (std::string_view block; !(block = input.next_block()).empty();) {
    pending += block;
    std::string_view rest = pending;
    for (size_t end = 0; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1))
      decoder.add(rest.substr(0, end > 0 && rest[end - 1] == '\r' ? end - 1 : end), number++);
    // Up to the last space: what follows may be half a number.
    const size_t space = rest.find_last_of(" \t");
    const size_t whole = space != std::string_view::npos ? space : rest.size() > kLongestNumber ? rest.size() : 0;
    decoder.add(rest.substr(0, whole), number);
    pending.erase(0, pending.size() - rest.size() + whole);
    check_written(out);
  }
  decoder.add(pending, number);
}

}  // namespace

std::string shown_token(std::string_view token) {
  std::string shown;
  for (size_t i = 0; i < token.size();) {
    const size_t start = i;
    const int32_t code_point = next_code_point(token, i);
    if (code_point == ' ')
      shown += "\u2581";
    else if (code_point == '\\')
      shown += "\\\\";
    else if (code_point == '\n')
      shown += "\\n";
    else if (code_point == '\t')
      shown += "\\t";
    else if (code_point == '\r')
      shown += "\\r";
    else if (code_point > 0xFFFF && u_isprint(code_point) == 0)
      shown += fmt::format("\\U{:08X}", code_point);
    else if (code_point == 0x2581 || u_isprint(code_point) == 0 || u_isspace(code_point) != 0)
      shown += fmt::format("\\u{:04X}", code_point);
    else
      shown += token.substr(start, i - start);
  }
  return shown;
}

void decode_stream(const Tokenizer& tokenizer, const std::vector<std::string>& files, std::ostream& out,
                   const PipeOptions& options) {
  for (const std::string& file : files) {
    if (options.unit == TextUnit::lines) decode_lines(tokenizer, file, out, options);
    if (options.unit == TextUnit::whole) decode_whole(tokenizer, file, out, options);
  }
  out.flush();
  check_written(out);
}

}  // namespace seq

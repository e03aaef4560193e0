// Ids back to text on all cores, in blocks of lines, or of numbers where all ids are one text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/error.h"
#include "text/lines.h"
#include "text/pipe/block_output.h"
#include "text/pipe/blocks.h"

namespace seq {
namespace {

constexpr std::string_view kBetweenIds = " \t";

/// Some ids and what became of them.
struct DecodeJob {
  TextBlock block;
  std::string before;  ///< the last ids that precede it in its text
  std::string out;
};

/// Appends the ids that stand in a line.
void parse_ids(std::string_view line, int32_t vocabulary_size, std::vector<int32_t>& ids) {
  for (size_t at = 0; (at = line.find_first_not_of(kBetweenIds, at)) != std::string_view::npos;) {
    const std::string_view word = line.substr(at, line.find_first_of(kBetweenIds, at) - at);
    int64_t id = 0;
    const auto [stop, failure] = std::from_chars(word.begin(), word.end(), id);
    if (stop != word.end() || failure == std::errc::invalid_argument)
      throw Error(shown(std::string(word.substr(0, 40))) + " is not an id (expected numbers between spaces)");
    if (failure != std::errc{} || id < 0 || id >= vocabulary_size)
      throw Error(fmt::format("{} is not in the vocabulary (ids 0 to {})", word.substr(0, 40), vocabulary_size - 1));
    ids.push_back(static_cast<int32_t>(id));
    at += word.size();
  }
}

/// The last numbers of a text, as many as a decoder may look back to.
std::string last_ids(std::string_view text) {
  constexpr int kContext = 16;
  constexpr std::string_view kSeparators = " \t\r\n";
  size_t begin = text.size();
  for (int i = 0; i < kContext && begin > 0; ++i) {
    const size_t end = text.find_last_not_of(kSeparators, begin - 1);
    begin = end == std::string_view::npos ? 0 : text.find_last_of(kSeparators, end) + 1;  // npos + 1 = 0
  }
  std::string ids(text.substr(begin));
  std::replace_if(
      ids.begin(), ids.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return ids;
}

/// What one thread works with.
class BlockDecoder {
 public:
  BlockDecoder(const Tokenizer& tokenizer, const PipeOptions& options) : tokenizer_(tokenizer), options_(options) {}

  void decode(DecodeJob& job) {
    job.out.clear();
    ids_.clear();
    for_each_line(job.block.text, [&](std::string_view line, int64_t index) {
      try {
        parse_ids(line, tokenizer_.vocabulary().size(), ids_);
      } catch (const Error& error) {
        throw Error(fmt::format("{}:{}: {}", job.block.file, job.block.first_line + index, error.what()));
      }
      if (options_.unit == TextUnit::whole) return;
      tokenizer_.decode(ids_, job.out, options_.keep_specials);
      job.out += '\n';
      ids_.clear();
    });
    if (options_.unit == TextUnit::lines) return;
    std::vector<int32_t> before;
    parse_ids(job.before, tokenizer_.vocabulary().size(), before);
    tokenizer_.decode_more(before, ids_, job.out, options_.keep_specials);
  }

 private:
  const Tokenizer& tokenizer_;
  const PipeOptions& options_;
  std::vector<int32_t> ids_;
};

}  // namespace

void decode_stream(const Tokenizer& tokenizer, const std::vector<std::string>& files, std::ostream& out,
                   const PipeOptions& options) {
  const bool whole = options.unit == TextUnit::whole;
  LineBlocks blocks(files, options, whole ? " \t\n" : "\n");
  std::string before;
  const auto next = [&](DecodeJob& job) {
    if (!blocks.next(job.block)) return false;
    if (!whole) return true;
    job.before = job.block.starts_text ? std::string() : before;
    before = last_ids(job.before + job.block.text);
    return true;
  };
  std::vector<BlockDecoder> decoders(pipe_threads(options), BlockDecoder(tokenizer, options));
  write_ordered<DecodeJob>(options, out, next, [&](DecodeJob& job, size_t thread) { decoders[thread].decode(job); });
}

}  // namespace seq

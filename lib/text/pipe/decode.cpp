// Ids back to text on all cores, in blocks of lines, or of numbers where all ids are one text.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ostream>

#include "base/error.h"
#include "text/lines.h"
#include "text/pipe/block_output.h"
#include "text/pipe/blocks.h"
#include "text/subword/byte_tokens.h"

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

/// Where the last number of a text begins; 0 when there is none.
size_t last_number(std::string_view text) {
  constexpr std::string_view kSeparators = " \t\r\n";
  const size_t end = text.find_last_not_of(kSeparators);
  return end == std::string_view::npos ? 0 : text.find_last_of(kSeparators, end) + 1;  // npos + 1 = 0
}

/// Cuts the blocks of a text where its ids can be decoded apart, and hands on those that a decoder looks back to.
class IdBlocks {
 public:
  IdBlocks(const Tokenizer& tokenizer, const std::vector<std::string>& files, const PipeOptions& options)
      : blocks_(files, options, " \t\n"), bytes_(find_byte_tokens(tokenizer.vocabulary())) {
    std::sort(bytes_.begin(), bytes_.end());
  }

  bool next(DecodeJob& job) {
    TextBlock& block = job.block;
    bool starts = false;
    size_t end = 0;
    while (end == 0) {  // nothing but bytes is held back as a whole
      if (!blocks_.next(block)) return false;
      starts = starts || block.starts_text;
      end = block.ends_text ? block.text.size() : without_bytes(block.text);
      if (end == 0) held_ += block.text;
    }
    const std::string rest = block.text.substr(end);
    block.text.resize(end);
    block.first_line -= std::count(held_.begin(), held_.end(), '\n');
    block.text.insert(0, held_);
    held_ = rest;
    if (starts) before_.clear();
    job.before = before_;
    before_ = last_numbers(before_ + block.text);
    return true;
  }

 private:
  /// The part before the bytes at the end: a run of `<0x..>` is decoded as one.
  size_t without_bytes(std::string_view text) const {
    for (;;) {
      const size_t begin = last_number(text);
      int32_t id = kNoToken;
      std::from_chars(text.begin() + begin, text.end(), id);
      if (id == kNoToken || !std::binary_search(bytes_.begin(), bytes_.end(), id)) return text.size();
      text = text.substr(0, begin);
    }
  }
  static std::string last_numbers(const std::string& text) {
    constexpr int kContext = 16;
    std::string_view rest = text;
    for (int i = 0; i < kContext; ++i) rest = rest.substr(0, last_number(rest));
    std::string numbers = text.substr(rest.size());
    std::replace_if(
        numbers.begin(), numbers.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return numbers;
  }

  LineBlocks blocks_;
  std::array<int32_t, 256> bytes_;  ///< sorted
  std::string held_, before_;
};

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
  std::vector<BlockDecoder> decoders(pipe_threads(options), BlockDecoder(tokenizer, options));
  const auto work = [&](DecodeJob& job, size_t thread) { decoders[thread].decode(job); };
  if (options.unit == TextUnit::whole) {
    IdBlocks blocks(tokenizer, files, options);
    return write_ordered<DecodeJob>(
        options, out, [&](DecodeJob& job) { return blocks.next(job); }, work);
  }
  LineBlocks blocks(files, options);
  write_ordered<DecodeJob>(
      options, out, [&](DecodeJob& job) { return blocks.next(job.block); }, work);
}

}  // namespace seq

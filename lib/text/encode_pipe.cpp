// Text to ids on all cores: blocks of whole lines, or of whole words of a text, each to the thread that is free.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ostream>

#include "base/error.h"
#include "base/files.h"
#include "base/ordered_work.h"
#include "base/parallel.h"
#include "text/pipe.h"
#include "text/text_reader.h"
#include "text/token_file.h"

namespace seq {
namespace {

std::string shown_name(const std::string& file) {
  return file == "-" ? "stdin" : file;
}

/// A piece of work: some lines of a file, or a part of one text.
struct Block {
  std::string text;
  std::string file;
  int64_t first_line = 1;
  Place place = Place::start;
  bool starts_text = true;                  ///< the first of a text
  bool ends_text = true;                    ///< the last of one
  std::string out;                          ///< what it became
  std::vector<int32_t> ids;                 ///< or its ids,
  std::vector<std::vector<int32_t>> lines;  ///< or those of each line
};

/// Reads blocks of lines.
class LineBlocks {
 public:
  LineBlocks(const std::vector<std::string>& files, const PipeOptions& options) : files_(files), options_(options) {}

  bool next(Block& block) {
    block.text.clear();
    while (block.text.empty()) {
      if (input_ == nullptr) {
        if (file_ == files_.size()) return false;
        input_ = std::make_unique<InputStream>(files_[file_]);
        name_ = shown_name(files_[file_++]);
        line_ = 1;
        at_start_ = true;
      }
      fill(block.text);
    }
    block.file = name_;
    block.first_line = line_;
    line_ += std::count(block.text.begin(), block.text.end(), '\n');
    return true;
  }

 private:
  /// All lines that the next blocks of input complete; at the end of the file what is left.
  void fill(std::string& text) {
    text.swap(carry_);
    carry_.clear();
    for (;;) {
      const std::string_view block = input_->next_block();
      if (block.empty()) {
        input_.reset();
        break;
      }
      const size_t end = block.rfind('\n');
      const bool enough = end != std::string_view::npos && (text.size() + end >= kLeast || options_.flush_each_line);
      text += block.substr(0, enough ? end + 1 : block.size());
      if (!enough) continue;
      carry_ = block.substr(end + 1);
      break;
    }
    if (at_start_ && text.starts_with("\uFEFF")) text.erase(0, 3);
    at_start_ = at_start_ && text.empty();
  }

  static constexpr size_t kLeast = 1 << 14;
  const std::vector<std::string>& files_;
  const PipeOptions& options_;
  size_t file_ = 0;
  std::unique_ptr<InputStream> input_;
  std::string name_, carry_;
  int64_t line_ = 1;
  bool at_start_ = true;
};

/// Reads each file as one text, in parts cut where the tokenizer allows it.
class WholeBlocks {
 public:
  WholeBlocks(const Tokenizer& tokenizer, const std::vector<std::string>& files, const PipeOptions& options)
      : tokenizer_(tokenizer), files_(files), options_(options) {}

  bool next(Block& block) {
    if (reader_ == nullptr) {
      if (file_ == files_.size()) return false;
      reader_ = std::make_unique<TextReader>(std::vector{files_[file_++]}, options_.invalid);
      place_ = Place::start;
      starts_ = true;
    }
    block.starts_text = starts_;
    block.place = place_;
    starts_ = false;
    size_t wanted = options_.format == EncodeFormat::json || needs_frame() ? SIZE_MAX : kBlock;
    for (;;) {
      const std::string_view more = reader_->next_block();
      pending_ += more;
      if (more.empty()) {
        block.text.swap(pending_);
        pending_.clear();
        block.ends_text = true;
        block.file = reader_->name();
        reader_.reset();
        return true;
      }
      if (pending_.size() < wanted) continue;
      const TextCut cut = tokenizer_.last_cut(pending_);
      if (cut.at > 0) {
        block.text.assign(pending_, 0, cut.at);
        pending_.erase(0, cut.at);
        block.ends_text = false;
        block.file = reader_->name();
        place_ = cut.next;
        return true;
      }
      wanted = 2 * pending_.size();
    }
  }

 private:
  bool needs_frame() const {
    return (options_.frame && !tokenizer_.framing().empty()) || options_.truncate || options_.pad;
  }
  static constexpr size_t kBlock = 1 << 18;
  const Tokenizer& tokenizer_;
  const std::vector<std::string>& files_;
  const PipeOptions& options_;
  size_t file_ = 0;
  std::unique_ptr<TextReader> reader_;
  std::string pending_;
  Place place_ = Place::start;
  bool starts_ = true;
};

/// Numbers in decimal with a space behind, each written once.
class Decimals {
 public:
  explicit Decimals(int32_t count) : texts_(static_cast<size_t>(count)) {}
  void append(const std::vector<int32_t>& ids, std::string& out) {
    const size_t before = out.size();
    out.resize(before + ids.size() * sizeof(Text::digits));
    char* end = out.data() + before;
    for (const int32_t id : ids) {
      Text& text = texts_[static_cast<size_t>(id)];
      if (text.size == 0) make(text, id);
      std::memcpy(end, text.digits, sizeof text.digits);
      end += text.size;
    }
    out.resize(static_cast<size_t>(end - out.data()));
  }

 private:
  struct Text {
    char digits[11];
    uint8_t size = 0;
  };
  static void make(Text& text, int32_t id) {
    char* const end = std::to_chars(text.digits, text.digits + 10, id).ptr;
    *end = ' ';
    text.size = static_cast<uint8_t>(end + 1 - text.digits);
  }
  std::vector<Text> texts_;
};

/// What one thread works with.
class LineEncoder {
 public:
  LineEncoder(const Tokenizer& tokenizer, const PipeOptions& options, const Framing& framing)
      : tokenizer_(tokenizer),
        options_(options),
        framing_(framing),
        framed_(options.pairs || !framing.empty()),
        encoder_(tokenizer.encoder(options.special)),
        decimals_(tokenizer.vocabulary().size()) {}

  /// Output for each line, or ids where `keep_ids`.
  void encode_lines(Block& block, bool keep_lines, bool keep_ids) {
    const bool valid = options_.invalid == InvalidUtf8::keep || find_invalid_utf8(block.text) == std::string::npos;
    std::string_view rest = block.text;
    for (int64_t number = block.first_line; !rest.empty(); ++number) {
      const size_t end = rest.find('\n');
      std::string_view line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      try {
        if (!valid) line = valid_line(line);
        encode_line(line, block, keep_lines, keep_ids);
      } catch (const Error& error) {
        throw Error(fmt::format("{}:{}: {}", block.file, number, error.what()));
      }
    }
  }

  /// Output for a part of a text.
  void encode_part(Block& block, bool keep_ids) {
    try {
      if (framed_ || options_.format == EncodeFormat::json) {
        encode_line(block.text, block, false, keep_ids);
        return;
      }
      ids_.clear();
      encoder_->encode(block.text, ids_, block.place);
      if (keep_ids) {
        block.ids.insert(block.ids.end(), ids_.begin(), ids_.end());
        return;
      }
      if (!block.starts_text && !ids_.empty()) block.out += ' ';
      write_ids(block.out);
      if (block.ends_text) block.out += '\n';
    } catch (const Error& error) {
      throw Error(block.file + ": " + error.what());
    }
  }

 private:
  void encode_line(std::string_view line, Block& block, bool keep_lines, bool keep_ids) {
    if (options_.format == EncodeFormat::json) {
      block.out += json_line(line);
      block.out += '\n';
      return;
    }
    ids_.clear();
    if (!framed_) {
      encoder_->encode(line, ids_);
    } else {
      const size_t tab = options_.pairs ? split_pair(line) : std::string_view::npos;
      std::vector<int32_t> first, second;
      encoder_->encode(line.substr(0, tab), first);
      if (tab != std::string_view::npos) encoder_->encode(line.substr(tab + 1), second);
      ids_ = framing_.frame(std::move(first), tab != std::string_view::npos ? &second : nullptr, options_.frame);
    }
    if (keep_ids) {
      block.ids.insert(block.ids.end(), ids_.begin(), ids_.end());
    } else if (keep_lines) {
      block.lines.push_back(ids_);
    } else {
      write_ids(block.out);
      block.out += '\n';
    }
  }

  static size_t split_pair(std::string_view line) {
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos || line.find('\t', tab + 1) != std::string_view::npos)
      throw Error("expected two texts with a tab between them");
    return tab;
  }

  void write_ids(std::string& out) {
    if (options_.format == EncodeFormat::ids) {
      decimals_.append(ids_, out);
    } else {
      if (shown_.empty()) shown_.resize(static_cast<size_t>(tokenizer_.vocabulary().size()));
      for (const int32_t id : ids_) {
        std::string& shown = shown_[static_cast<size_t>(id)];
        if (shown.empty()) shown = shown_token(tokenizer_.vocabulary().token(id)) + ' ';
        out += shown;
      }
    }
    if (!ids_.empty()) out.pop_back();
  }

  std::string_view valid_line(std::string_view line) {
    const size_t bad = find_invalid_utf8(line);
    if (bad == std::string_view::npos) return line;
    if (options_.invalid == InvalidUtf8::refuse)
      throw Error(fmt::format("byte {}: {}", bad, invalid_utf8_message(line[bad])));
    replaced_.clear();
    append_replaced(line, replaced_);
    return replaced_;
  }

  std::string json_line(std::string_view line) const {
    std::vector<TokenSpan> first, second;
    const size_t tab = options_.pairs ? split_pair(line) : std::string_view::npos;
    tokenizer_.encode_spans(line.substr(0, tab), first, options_.special);
    if (tab != std::string_view::npos) {
      tokenizer_.encode_spans(line.substr(tab + 1), second, options_.special);
      for (TokenSpan& span : second) span.begin += tab + 1, span.end += tab + 1;
    }
    if (framed_)
      first = framing_.frame(std::move(first), tab != std::string_view::npos ? &second : nullptr, options_.frame);
    Json ids = Json::array(), tokens = Json::array(), offsets = Json::array(), char_offsets = Json::array();
    size_t byte = 0, character = 0;  // the character that starts at `byte`
    for (const TokenSpan& span : first) {
      ids.push_back(span.id);
      tokens.push_back(span.surface.empty() ? tokenizer_.vocabulary().token(span.id) : std::string_view(span.surface));
      offsets.push_back({span.begin, span.end});
      if (span.begin < byte) byte = character = 0;
      for (size_t next = byte; next < line.size(); byte = next, ++character) {
        next_code_point(line, next);
        if (next > span.begin) break;
      }
      size_t last = byte;
      size_t characters = character;
      for (; last < span.end; ++characters) next_code_point(line, last);
      char_offsets.push_back({character, characters});
    }
    return Json({{"ids", ids}, {"tokens", tokens}, {"offsets", offsets}, {"char_offsets", char_offsets}})
        .dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  const Tokenizer& tokenizer_;
  const PipeOptions& options_;
  const Framing& framing_;
  bool framed_;
  std::unique_ptr<TokenEncoder> encoder_;
  Decimals decimals_;
  std::vector<std::string> shown_;
  std::vector<int32_t> ids_;
  std::string replaced_;
};

/// The file's framing with what the command line says.
Framing make_framing(const Tokenizer& tokenizer, const PipeOptions& options) {
  Framing framing = tokenizer.framing();
  if (!options.frame) framing.single.clear(), framing.both.clear();
  if (options.truncate) {
    if (!framing.truncation) framing.truncation.emplace();
    framing.truncation->length = *options.truncate;
  }
  if (options.pad) {
    if (tokenizer.vocabulary().padding == kNoToken)
      throw Error("--pad: the vocabulary has no padding token (train it with --special pad)");
    if (!framing.padding) framing.padding.emplace();
    framing.padding->id = tokenizer.vocabulary().padding;
    framing.padding->length.reset();
    if (*options.pad > 0) framing.padding->length = *options.pad;
  }
  return framing;
}

/// Runs all blocks; `use(block)` gets them in their order.
template <class Use>
void encode_blocks(const Tokenizer& tokenizer, const std::vector<std::string>& files, const PipeOptions& options,
                   const Framing& framing, bool keep_lines, bool keep_ids, const Use& use) {
  const auto threads = static_cast<size_t>(options.flush_each_line ? 1 : thread_count(options.threads));
  std::vector<std::unique_ptr<LineEncoder>> encoders(threads);
  const auto encoder = [&](size_t thread) -> LineEncoder& {
    if (encoders[thread] == nullptr) encoders[thread] = std::make_unique<LineEncoder>(tokenizer, options, framing);
    return *encoders[thread];
  };
  const auto done = [&](Block& block) {
    use(block);
    block.out.clear();
    block.ids.clear();
    block.lines.clear();
  };
  if (options.unit == TextUnit::lines) {
    LineBlocks blocks(files, options);
    run_ordered<Block>(
        threads, [&](Block& block) { return blocks.next(block); },
        [&](Block& block, size_t thread) { encoder(thread).encode_lines(block, keep_lines, keep_ids); }, done);
  } else {
    WholeBlocks blocks(tokenizer, files, options);
    run_ordered<Block>(
        threads, [&](Block& block) { return blocks.next(block); },
        [&](Block& block, size_t thread) { encoder(thread).encode_part(block, keep_ids); }, done);
  }
}

/// Fills all lines up to the longest.
void write_padded(std::vector<std::vector<int32_t>>& lines, const Framing& framing, const Tokenizer& tokenizer,
                  const PipeOptions& options, std::ostream& out) {
  Framing fixed;
  fixed.padding = framing.padding;
  size_t longest = 0;
  for (const auto& line : lines) longest = std::max(longest, line.size());
  fixed.padding->length = static_cast<int64_t>(longest);
  Decimals decimals(tokenizer.vocabulary().size());
  std::string text;
  for (auto& line : lines) {
    const std::vector<int32_t> ids = fixed.frame(std::move(line), static_cast<std::vector<int32_t>*>(nullptr), false);
    text.clear();
    if (options.format == EncodeFormat::ids) {
      decimals.append(ids, text);
    } else {
      for (const int32_t id : ids) text += shown_token(tokenizer.vocabulary().token(id)) + ' ';
    }
    if (!text.empty())
      text.back() = '\n';
    else
      text = "\n";
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
}

void check_options(const Tokenizer& tokenizer, const PipeOptions& options) {
  if (options.invalid == InvalidUtf8::keep && !tokenizer.takes_any_bytes())
    throw Error("--invalid-utf8 keep: only tokenizers of bytes take what is not UTF-8 (a " + tokenizer.type() +
                " one does not; use replace)");
  if (options.pad == 0 && options.format == EncodeFormat::json)
    throw Error("--pad longest: does not go with --json (give a length)");
}

}  // namespace

void encode_stream(const Tokenizer& tokenizer, const std::vector<std::string>& files, std::ostream& out,
                   const PipeOptions& options) {
  check_options(tokenizer, options);
  const Framing framing = make_framing(tokenizer, options);
  const bool to_longest = options.pad == 0;
  bool written = false;
  std::vector<std::vector<int32_t>> lines;
  const auto check_written = [&] {
    if (!out) throw RunError("the output cannot be written (disk full, or its reader is gone)");
  };
  try {
    encode_blocks(tokenizer, files, options, framing, to_longest, false, [&](Block& block) {
      if (to_longest) {
        std::move(block.lines.begin(), block.lines.end(), std::back_inserter(lines));
        return;
      }
      written = written || !block.out.empty();
      out.write(block.out.data(), static_cast<std::streamsize>(block.out.size()));
      if (options.flush_each_line) out.flush();
      check_written();
    });
  } catch (const RunError&) {
    throw;
  } catch (const Error& error) {
    if (written) throw RunError(error.what());
    throw;
  }
  if (to_longest) write_padded(lines, framing, tokenizer, options, out);
  out.flush();
  check_written();
}

void encode_token_file(const Tokenizer& tokenizer, const std::vector<std::string>& files, const fs::path& out,
                       const PipeOptions& options) {
  check_options(tokenizer, options);
  const Framing framing = make_framing(tokenizer, options);
  TokenFileWriter writer(out, tokenizer.vocabulary().size());
  int64_t characters = 0;
  encode_blocks(tokenizer, files, options, framing, false, true, [&](Block& block) {
    writer.append(block.ids);
    characters += static_cast<int64_t>(count_code_points(block.text));
    if (options.unit == TextUnit::lines) characters -= std::count(block.text.begin(), block.text.end(), '\n');
  });
  writer.set_characters(characters);
  writer.finish();
}

}  // namespace seq

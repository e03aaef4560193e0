// Text to ids on all cores: blocks of whole lines, or of whole words of a text, each to the thread that is free.
#include <algorithm>
#include <iterator>
#include <ostream>

#include "base/error.h"
#include "text/pipe/block_output.h"
#include "text/pipe/line_encoder.h"
#include "text/token_file.h"

namespace seq {
namespace {

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

void check_options(const Tokenizer& tokenizer, const PipeOptions& options) {
  if (options.invalid == InvalidUtf8::keep && !tokenizer.takes_any_bytes())
    throw Error("--invalid-utf8 keep: only tokenizers of bytes take what is not UTF-8 (a " + tokenizer.type() +
                " one does not; use replace)");
  if (options.pad == 0 && options.format == EncodeFormat::json)
    throw Error("--pad longest: does not go with --json (give a length)");
}

/// Hands `run(next, work)` the two halves of encoding: what reads jobs, and what threads do with them.
template <class Run>
void encode_files(const Tokenizer& tokenizer, const std::vector<std::string>& files, const PipeOptions& options,
                  const Framing& framing, Keep keep, const Run& run) {
  std::vector<std::unique_ptr<LineEncoder>> encoders(pipe_threads(options));
  const auto work = [&](EncodeJob& job, size_t thread) {
    auto& encoder = encoders[thread];
    if (encoder == nullptr) encoder = std::make_unique<LineEncoder>(tokenizer, options, framing, keep);
    encoder->encode(job);
  };
  if (options.unit == TextUnit::lines) {
    LineBlocks blocks(files, options);
    return run([&](EncodeJob& job) { return blocks.next(job.block); }, work);
  }
  const bool cut = framing.empty() && !options.pairs && options.format != EncodeFormat::json;
  WholeTexts texts(tokenizer, files, options.invalid, cut ? TextParts::many : TextParts::one);
  run([&](EncodeJob& job) { return texts.next(job.block); }, work);
}

/// Fills all lines up to the longest.
void write_padded(std::vector<std::vector<int32_t>>& lines, const Framing& framing, const Tokenizer& tokenizer,
                  const PipeOptions& options, std::ostream& out) {
  Framing fixed;
  fixed.padding = framing.padding;
  size_t longest = 0;
  for (const auto& line : lines) longest = std::max(longest, line.size());
  fixed.padding->length = static_cast<int64_t>(longest);
  TokenWriter writer(tokenizer.vocabulary(), options.format);
  std::string text;
  for (auto& line : lines) {
    text.clear();
    writer.append(fixed.frame(std::move(line), static_cast<std::vector<int32_t>*>(nullptr), false), text);
    text += '\n';
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  out.flush();
  check_written(out);
}

}  // namespace

void encode_stream(const Tokenizer& tokenizer, const std::vector<std::string>& files, std::ostream& out,
                   const PipeOptions& options) {
  check_options(tokenizer, options);
  const Framing framing = make_framing(tokenizer, options);
  if (options.pad != 0)
    return encode_files(tokenizer, files, options, framing, Keep::output, [&](const auto& next, const auto& work) {
      write_ordered<EncodeJob>(options, out, next, work);
    });
  std::vector<std::vector<int32_t>> lines;
  encode_files(tokenizer, files, options, framing, Keep::lines, [&](const auto& next, const auto& work) {
    run_ordered<EncodeJob>(pipe_threads(options), next, work, [&](EncodeJob& job) {
      std::move(job.lines.begin(), job.lines.end(), std::back_inserter(lines));
    });
  });
  write_padded(lines, framing, tokenizer, options, out);
}

void encode_token_file(const Tokenizer& tokenizer, const std::vector<std::string>& files, const fs::path& out,
                       const PipeOptions& options) {
  check_options(tokenizer, options);
  const Framing framing = make_framing(tokenizer, options);
  TokenFileWriter writer(out, tokenizer.vocabulary().size());
  int64_t characters = 0;
  encode_files(tokenizer, files, options, framing, Keep::ids, [&](const auto& next, const auto& work) {
    run_ordered<EncodeJob>(pipe_threads(options), next, work, [&](EncodeJob& job) {
      const std::string& text = job.block.text;
      writer.append(job.ids);
      characters += static_cast<int64_t>(count_code_points(text));
      if (options.unit == TextUnit::lines) characters -= std::count(text.begin(), text.end(), '\n');
    });
  });
  writer.set_characters(characters);
  writer.finish();
}

}  // namespace seq

// Line by line through an encoder, with what belongs around each.
#include "text/pipe/line_encoder.h"

#include <fmt/format.h>

#include "base/error.h"
#include "text/lines.h"

namespace seq {
namespace {

size_t split_pair(std::string_view line) {
  const size_t tab = line.find('\t');
  if (tab == std::string_view::npos || line.find('\t', tab + 1) != std::string_view::npos)
    throw Error("expected two texts with a tab between them");
  return tab;
}

}  // namespace

LineEncoder::LineEncoder(const Tokenizer& tokenizer, const PipeOptions& options, const Framing& framing, Keep keep)
    : tokenizer_(tokenizer),
      options_(options),
      framing_(framing),
      keep_(keep),
      framed_(options.pairs || !framing.empty()),
      encoder_(tokenizer.encoder(options.special)),
      writer_(tokenizer.vocabulary(), options.format) {}

void LineEncoder::encode(EncodeJob& job) {
  job.out.clear();
  job.ids.clear();
  job.lines.clear();
  if (options_.unit == TextUnit::lines) {
    encode_lines(job);
  } else {
    encode_part(job);
  }
}

void LineEncoder::encode_lines(EncodeJob& job) {
  const std::string& text = job.block.text;
  const bool valid = options_.invalid == InvalidUtf8::keep || find_invalid_utf8(text) == std::string::npos;
  for_each_line(text, [&](std::string_view line, int64_t index) {
    try {
      encode_line(valid ? line : valid_line(line), job);
    } catch (const Error& error) {
      throw Error(fmt::format("{}:{}: {}", job.block.file, job.block.first_line + index, error.what()));
    }
  });
}

void LineEncoder::encode_part(EncodeJob& job) {
  const TextBlock& block = job.block;
  try {
    if (framed_ || options_.format == EncodeFormat::json) return encode_line(block.text, job);
    ids_.clear();
    encoder_->encode(block.text, ids_, block.place);
  } catch (const Error& error) {
    throw Error(block.file + ": " + error.what());
  }
  if (keep_ == Keep::ids) return job.ids.swap(ids_);
  if (!block.starts_text && !ids_.empty()) job.out += ' ';
  writer_.append(ids_, job.out);
  if (block.ends_text) job.out += '\n';
}

void LineEncoder::encode_line(std::string_view line, EncodeJob& job) {
  if (options_.format == EncodeFormat::json) {
    job.out += json_line(line);
    job.out += '\n';
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
  switch (keep_) {
    case Keep::ids:
      job.ids.insert(job.ids.end(), ids_.begin(), ids_.end());
      break;
    case Keep::lines:
      job.lines.push_back(ids_);
      break;
    case Keep::output:
      writer_.append(ids_, job.out);
      job.out += '\n';
  }
}

std::string_view LineEncoder::valid_line(std::string_view line) {
  const size_t bad = find_invalid_utf8(line);
  if (bad == std::string_view::npos) return line;
  if (options_.invalid == InvalidUtf8::refuse)
    throw Error(fmt::format("byte {}: {}", bad, invalid_utf8_message(line[bad])));
  replaced_.clear();
  append_replaced(line, replaced_);
  return replaced_;
}

std::string LineEncoder::json_line(std::string_view line) const {
  std::vector<TokenSpan> first, second;
  const size_t tab = options_.pairs ? split_pair(line) : std::string_view::npos;
  tokenizer_.encode_spans(line.substr(0, tab), first, options_.special);
  if (tab != std::string_view::npos) {
    tokenizer_.encode_spans(line.substr(tab + 1), second, options_.special);
    for (TokenSpan& span : second) span.begin += tab + 1, span.end += tab + 1;
  }
  if (framed_)
    first = framing_.frame(std::move(first), tab != std::string_view::npos ? &second : nullptr, options_.frame);
  return tokens_json(first, line, tokenizer_.vocabulary());
}

}  // namespace seq

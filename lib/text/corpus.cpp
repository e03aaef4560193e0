// Passes over the text: length (when it is to be cut), vocabulary, ids.
#include "text/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "text/streamed_text.h"
#include "text/text_reader.h"

namespace seq {
namespace {

constexpr const char* kParts[] = {"train", "valid", "test"};

/// A stretch of the text of some files, in code points.
struct Part {
  std::string name;
  std::vector<std::string> files;
  uint64_t begin = 0;
  uint64_t end = UINT64_MAX;
};

/// Gives the blocks of a part; the files are read no further than its end.
template <class Use>
void for_each_block(const Part& part, InvalidUtf8 invalid, Progress& progress, const Use& use) {
  TextReader reader(part.files, invalid, &progress);
  const bool whole = part.begin == 0 && part.end == UINT64_MAX;
  uint64_t position = 0;
  for (std::string_view block; position < part.end && !(block = reader.next_block()).empty();) {
    if (whole) {
      use(block, reader.name());
      continue;
    }
    const uint64_t count = count_code_points(block);
    const uint64_t first = std::clamp(part.begin, position, position + count) - position;
    const uint64_t last = std::clamp(part.end, position, position + count) - position;
    position += count;
    if (first == last) continue;
    const size_t from = code_point_offset(block, first);
    const size_t to = last == count ? block.size() : code_point_offset(block, last);
    use(block.substr(from, to - from), reader.name());
  }
}

uint64_t text_length(const std::vector<std::string>& files, InvalidUtf8 invalid, bool show_progress) {
  uint64_t length = 0;
  Progress progress("reading", stored_size(files), show_progress);
  TextReader reader(files, invalid, &progress);
  for (std::string_view block; !(block = reader.next_block()).empty();) length += count_code_points(block);
  return length;
}

/// floor(fraction * length), where a fraction such as 0.7 + 0.2 counts as the 0.9 that it is meant to be.
uint64_t cut(double fraction, uint64_t length) {
  const auto wanted = static_cast<long double>(fraction) * static_cast<long double>(length);
  return std::min(length, static_cast<uint64_t>(std::floor(wanted * (1 + 1e-14L))));
}

std::vector<Part> cut_corpus(const DataOptions& data, InvalidUtf8 invalid, bool show_progress) {
  const uint64_t length = text_length(data.corpus, invalid, show_progress);
  const std::string& name = data.corpus.front();
  if (length == 0) throw Error(name + ": empty, expected text");
  std::vector<Part> parts;
  double fraction = 0;
  uint64_t begin = 0;
  for (size_t i = 0; i < data.split.size(); ++i) {
    fraction += data.split[i];
    const uint64_t end = cut(fraction, length);
    if (data.split[i] > 0 && begin == end)
      throw Error(fmt::format("{}: {} characters are too few: data.split leaves none for {}", name, length, kParts[i]));
    if (begin < end) parts.push_back({kParts[i], data.corpus, begin, end});
    begin = end;
  }
  return parts;
}

std::vector<Part> find_parts(const DataOptions& data, InvalidUtf8 invalid, bool show_progress) {
  if (!data.corpus.empty()) return cut_corpus(data, invalid, show_progress);
  std::vector<Part> parts;
  const std::vector<std::string>* files[] = {&data.train, &data.valid, &data.test};
  for (size_t i = 0; i < std::size(kParts); ++i)
    if (!files[i]->empty()) parts.push_back({kParts[i], *files[i]});
  return parts;
}

std::unique_ptr<Tokenizer> train_on(const Part& part, const TokenizerOptions& options, bool show_progress) {
  auto trainer = make_tokenizer_trainer(options);
  bool empty = true;
  if (trainer->needs_text()) {
    Progress progress("vocabulary", stored_size(part.files), show_progress);
    for_each_block(part, options.invalid(), progress, [&](std::string_view block, const std::string&) {
      trainer->add(block);
      empty = false;
    });
    if (empty) throw Error(part.files.front() + ": empty, expected text");
  }
  return trainer->finish();
}

/// Encodes blocks into a token file and keeps count of what is unknown.
class PartEncoder {
 public:
  PartEncoder(const Tokenizer& tokenizer, const fs::path& file)
      : tokenizer_(tokenizer), unknown_id_(tokenizer.vocabulary().unknown), out_(file, tokenizer.vocabulary().size()) {}

  void add(std::string_view block, const std::string& name) {
    text_.add(block, [&](std::string_view piece, Place place) { add_piece(piece, place, name); });
  }

  void finish(const Part& part) {
    text_.finish([&](std::string_view piece, Place place) { add_piece(piece, place, part.files.back()); });
    if (out_.size() == 0) throw Error(part.files.front() + ": empty, expected text");
    out_.set_characters(characters_);
    out_.finish();
  }

  int64_t size() const { return out_.size(); }
  int64_t unknown() const { return unknown_; }
  const std::string& examples() const { return examples_; }

 private:
  void add_piece(std::string_view piece, Place place, const std::string& name) {
    ids_.clear();
    try {
      encoder_->encode(piece, ids_, place);
    } catch (const UnknownCharacter& error) {
      throw Error(name + ": " + error.what());
    }
    out_.append(ids_);
    characters_ += static_cast<int64_t>(count_code_points(piece));
    if (unknown_id_ == kNoToken) return;
    const auto unknown = std::count(ids_.begin(), ids_.end(), unknown_id_);
    unknown_ += unknown;
    if (unknown > 0 && example_count_ < kExamples) take_examples(piece);
  }

  void take_examples(std::string_view piece) {
    std::vector<TokenSpan> spans;
    tokenizer_.encode_spans(piece, spans);
    for (const TokenSpan& span : spans) {
      if (span.id != unknown_id_ || example_count_ == kExamples) continue;
      size_t position = span.begin;
      const int32_t first = next_code_point(piece, position);
      const std::string shown =
          position == span.end ? shown_character(first) : std::string(piece.substr(span.begin, span.end - span.begin));
      if (examples_.find(shown) != std::string::npos) continue;
      examples_ += (example_count_++ > 0 ? ", " : "") + shown;
    }
  }

  static constexpr int kExamples = 5;
  const Tokenizer& tokenizer_;
  std::unique_ptr<TokenEncoder> encoder_ = tokenizer_.encoder();
  StreamedText text_{tokenizer_};
  int64_t characters_ = 0;
  int32_t unknown_id_;
  TokenFileWriter out_;
  std::vector<int32_t> ids_;
  int64_t unknown_ = 0;
  int example_count_ = 0;
  std::string examples_;
};

void make_folder_of(const fs::path& file) {
  std::error_code failed;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), failed);
  if (failed) throw RunError(file.parent_path().string() + ": cannot be made: " + failed.message());
}

/// All blocks of a part into an encoder.
void encode_blocks(const Part& part, InvalidUtf8 invalid, PartEncoder& encoder, bool show_progress) {
  Progress progress("encoding " + part.name, stored_size(part.files), show_progress);
  for_each_block(part, invalid, progress,
                 [&](std::string_view block, const std::string& name) { encoder.add(block, name); });
  encoder.finish(part);
}

void log_encoded(const Part& part, const PartEncoder& encoder, Log& log) {
  log.info("{}: {} tokens", part.name, encoder.size());
  if (encoder.unknown() > 0)
    log.warn("{}: {} of {} tokens are not in the vocabulary ({}{})", part.name, encoder.unknown(), encoder.size(),
             encoder.examples(), encoder.unknown() > 5 ? " …" : "");
}

}  // namespace

EncodedCorpus prepare_corpus(const DataOptions& data, const TokenizerOptions& options, const CorpusFiles& files,
                             Log& log, bool show_progress) {
  check_data_options(data);
  check_data_files(data);
  std::shared_ptr<const Tokenizer> tokenizer;
  if (!options.from.empty()) tokenizer = load_tokenizer(options.from);

  const std::vector<Part> parts = find_parts(data, options.invalid(), show_progress);
  if (tokenizer == nullptr) tokenizer = train_on(parts.front(), options, show_progress);
  log.info("vocabulary: {} tokens ({})", tokenizer->vocabulary().size(), tokenizer->type());
  make_folder_of(files.tokenizer);
  save_tokenizer(*tokenizer, files.tokenizer);
  for (const char* name : kParts) fs::remove(files.tokens(name));  // of an earlier corpus
  for (const Part& part : parts) {
    const fs::path file = files.tokens(part.name);
    make_folder_of(file);
    PartEncoder encoder(*tokenizer, file);
    encode_blocks(part, options.invalid(), encoder, show_progress);
    log_encoded(part, encoder, log);
  }
  return open_corpus(files);
}

EncodedCorpus open_corpus(const CorpusFiles& files) {
  EncodedCorpus corpus;
  corpus.tokenizer = load_tokenizer(files.tokenizer);
  for (const char* name : kParts) {
    const fs::path file = files.tokens(name);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) continue;
    auto part = std::make_shared<TokenFile>(file);
    if (part->vocabulary_size() != corpus.tokenizer->vocabulary().size())
      throw Error(fmt::format("{}: made with another tokenizer than {} ({} tokens, not {}); delete it", file.string(),
                              files.tokenizer.string(), part->vocabulary_size(),
                              corpus.tokenizer->vocabulary().size()));
    corpus.parts[name] = std::move(part);
  }
  return corpus;
}

std::unique_ptr<Tokenizer> train_tokenizer(const std::vector<std::string>& texts, const TokenizerOptions& options) {
  return train_on({"train", texts}, options, /*show_progress=*/false);
}

void encode_file(const fs::path& text, const Tokenizer& tokenizer, InvalidUtf8 invalid, const fs::path& tokens,
                 bool show_progress) {
  make_folder_of(tokens);
  PartEncoder encoder(tokenizer, tokens);
  encode_blocks({"text", {text.string()}}, invalid, encoder, show_progress);
}

}  // namespace seq

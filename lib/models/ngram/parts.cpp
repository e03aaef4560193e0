// Cutting a corpus into parts.
#include "models/ngram/parts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "text/text_reader.h"

namespace seq {
namespace {

/// Calls `on_block` with the text, block by block.
template <class OnBlock>
void read_corpus_text(const std::vector<std::string>& files, const OnBlock& on_block) {
  TextReader reader(files, InvalidUtf8::replace);
  for (std::string_view block; !(block = reader.next_block()).empty();) on_block(block);
}

bool begins_character(char c) {
  return (c & 0xC0) != 0x80;
}

/// The characters [first, end) of some files, in a temporary file.
std::unique_ptr<TemporaryFile> cut_characters(const std::vector<std::string>& files, int64_t first, int64_t end) {
  auto cut = std::make_unique<TemporaryFile>("seqtool-part");
  AtomicFile out(cut->path());
  int64_t character = -1;  // the one that a byte belongs to
  read_corpus_text(files, [&](std::string_view block) {
    size_t from = 0;
    size_t to = 0;
    for (size_t i = 0; i < block.size(); ++i) {
      character += begins_character(block[i]) ? 1 : 0;
      if (character < first) from = i + 1;
      if (character < end) to = i + 1;
    }
    if (to > from) out.write(block.substr(from, to - from));
  });
  out.commit();
  return cut;
}

}  // namespace

TextPart text_part(const DataOptions& data, const std::string& part) {
  if (data.corpus.empty()) {
    const auto& files = part == "train" ? data.train : part == "valid" ? data.valid : data.test;
    return {files, nullptr};
  }
  const size_t index = part == "train" ? 0 : part == "valid" ? 1 : 2;
  if (index >= data.split.size() || data.split[index] <= 0) return {};
  int64_t length = 0;
  read_corpus_text(data.corpus, [&](std::string_view block) {
    for (const char c : block) length += begins_character(c) ? 1 : 0;
  });
  double before = 0;
  for (size_t i = 0; i < index; ++i) before += data.split[i];
  const auto place = [&](double fraction) {  // as prepare_corpus cuts
    const auto wanted = static_cast<long double>(fraction) * static_cast<long double>(length);
    return std::min(length, static_cast<int64_t>(std::floor(wanted * (1 + 1e-14L))));
  };
  TextPart cut;
  cut.cut = cut_characters(data.corpus, place(before), place(before + data.split[index]));
  cut.files = {cut.cut->path().string()};
  return cut;
}

}  // namespace seq

// Cutting text into words.
#include "ngram/text_reader.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ngram/units.h"
#include "text/lines.h"

namespace seq::ngram {
namespace {

constexpr size_t kBatch = 16384;  // tokens

class Batcher {
 public:
  explicit Batcher(const std::function<void(const TextBatch&)>& on_batch) : on_batch_(on_batch) { begin_line(); }

  void word(std::string_view word) { add(word, hash_word(word)); }
  void end_line() {
    add("</s>", end_);
    batch_.ends.push_back(batch_.tokens.size());
    begin_line();
  }
  bool is_full() const { return batch_.tokens.size() >= kBatch; }
  /// Hands over the lines that have ended.
  void flush() {
    batch_.tokens.pop_back();  // the `<s>` of the line to come
    batch_.words.pop_back();
    if (!batch_.ends.empty()) on_batch_(batch_);
    batch_.clear();
    begin_line();
  }

 private:
  void begin_line() {
    context_ = 0;
    add("<s>", begin_);
  }
  void add(std::string_view word, uint64_t hash) {
    batch_.tokens.push_back({hash, context_++});
    batch_.words.push_back(word);
  }

  const uint64_t begin_ = hash_word("<s>");
  const uint64_t end_ = hash_word("</s>");
  const std::function<void(const TextBatch&)>& on_batch_;
  TextBatch batch_;
  uint32_t context_ = 0;
};

/// Words of whole lines, each with its line break.
void split_words(std::string_view lines, Batcher& batcher) {
  const char* at = lines.data();
  const char* const end = at + lines.size();
  while (at != end) {
    const char* const begin = at;
    while (!kSpace[static_cast<unsigned char>(*at)]) ++at;  // the last byte is a line break
    if (at != begin) batcher.word({begin, static_cast<size_t>(at - begin)});
    if (*at == '\n') {
      batcher.end_line();
      if (batcher.is_full()) batcher.flush();
    }
    ++at;
  }
  batcher.flush();
}

void read_words(const fs::path& file, Batcher& batcher) {
  InputStream input(file);
  std::string carry;
  for (std::string_view block; !(block = input.next_block()).empty();) {
    const size_t last = block.rfind('\n');
    if (last == std::string_view::npos) {
      carry += block;
      continue;
    }
    size_t first = 0;
    if (!carry.empty()) {
      first = block.find('\n') + 1;
      carry += block.substr(0, first);
      split_words(carry, batcher);
    }
    split_words(block.substr(first, last + 1 - first), batcher);
    carry = block.substr(last + 1);
  }
  if (carry.empty()) return;
  carry += '\n';
  split_words(carry, batcher);
}

}  // namespace

void read_text(const fs::path& file, const SplitLine& split, const std::function<void(const TextBatch&)>& on_batch) {
  Batcher batcher(on_batch);
  if (!split) return read_words(file, batcher);
  LineReader lines(file);
  std::vector<std::string> words;
  for (std::string_view line; lines.next(line);) {
    words.clear();
    try {
      split(line, words);
    } catch (const RunError&) {
      throw;
    } catch (const Error& error) {
      throw Error(fmt::format("{}:{}: {}", shown_name(file), lines.number(), error.what()));
    }
    for (const std::string& word : words) batcher.word(word);
    batcher.end_line();
    batcher.flush();
  }
}

}  // namespace seq::ngram

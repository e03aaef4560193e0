// Splitting text at white space, and what counts as a word otherwise.
#include "ngram/corpus.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "base/progress.h"
#include "ngram/units.h"
#include "run/interruption.h"
#include "text/lines.h"

namespace seq::ngram {
namespace {

/// Adds words to a corpus, a reserved one as the options say.
class WordAdder {
 public:
  WordAdder(Corpus& corpus, const WordOptions& options) : corpus_(corpus), reserved_(options.reserved) {}

  void add(std::string_view word, const std::string& file, int64_t line) {
    const WordId id = corpus_.words.add(word);
    if (id > kEndSentence) [[likely]]
      corpus_.tokens.add(id);
    else
      add_reserved(id, file, line);
  }
  void end_sentence() { corpus_.tokens.add(kEndSentence); }

 private:
  void add_reserved(WordId id, const std::string& file, int64_t line) {
    if (reserved_ == "skip") return;
    if (reserved_ == "replace" || (reserved_ == "keep" && id == kUnknownWord)) {
      corpus_.tokens.add(kUnknownWord);
      return;
    }
    const bool unknown = id == kUnknownWord;
    throw Error(fmt::format("{}:{}: {} stands in the text, where it is reserved (--reserved {}skip, or replace)",
                            shown_name(file), line, corpus_.words.word(id),
                            unknown ? "keep counts it as a word; or " : ""));
  }

  Corpus& corpus_;
  std::string reserved_;
};

/// Words between white space, out of blocks that are cut anywhere.
class WordSplitter {
 public:
  WordSplitter(WordAdder& words, const std::string& file) : words_(words), file_(file) {}

  void feed(std::string_view block) {
    const char* at = block.data();
    const char* const end = at + block.size();
    while (at != end) {
      const char* const begin = at;
      while (at != end && !kSpace[static_cast<unsigned char>(*at)]) ++at;
      if (at == end) {
        carry_.append(begin, at);
        return;
      }
      word({begin, static_cast<size_t>(at - begin)});
      if (*at == '\n') end_line();
      ++at;
    }
  }
  void finish() {
    word({});
    if (in_line_) end_line();
  }

 private:
  void word(std::string_view text) {
    if (!carry_.empty()) {
      carry_ += text;
      text = carry_;
    }
    if (text.empty()) return;
    words_.add(text, file_, line_);
    in_line_ = true;
    carry_.clear();
  }
  void end_line() {
    words_.end_sentence();
    ++line_;
    in_line_ = false;
  }

  WordAdder& words_;
  const std::string& file_;
  std::string carry_;
  int64_t line_ = 1;
  bool in_line_ = false;
};

void read_words(const std::string& file, WordAdder& words, const std::function<void(size_t)>& progress) {
  InputStream input(file);
  WordSplitter splitter(words, file);
  for (std::string_view block; !(block = input.next_block()).empty();) {
    splitter.feed(block);
    progress(block.size());
  }
  splitter.finish();
}

void read_units(const std::string& file, const Units& units, WordAdder& words,
                const std::function<void(size_t)>& progress) {
  LineReader lines(file);
  std::vector<std::string> split;
  for (std::string_view line; lines.next(line);) {
    split.clear();
    try {
      units.split(line, split);
    } catch (const RunError&) {
      throw;
    } catch (const Error& error) {
      throw Error(fmt::format("{}:{}: {}", shown_name(file), lines.number(), error.what()));
    }
    for (const std::string& word : split) words.add(word, file, lines.number());
    words.end_sentence();
    progress(line.size() + 1);
  }
}

}  // namespace

void TokenStore::start_block() {
  if (blocks_ > 0) store_current();
  if (file_ == nullptr && (memory_.size() + 1) * kBlock * sizeof(WordId) <= memory_limit_) {
    memory_.emplace_back(*storage_, kBlock);
    current_ = memory_.back().data();
  } else if (file_ == nullptr) {
    file_ = std::make_unique<TemporaryStore>(storage_->file());
    spill_ = Buffer<WordId>(*storage_, kBlock);
    current_ = spill_.data();
  }
  ++blocks_;
  filled_ = 0;
}

void TokenStore::store_current() {
  if (file_ != nullptr)
    file_->write((blocks_ - 1 - memory_.size()) * kBlock * sizeof(WordId), spill_.data(), filled_ * sizeof(WordId));
}

void TokenStore::finish() {
  if (blocks_ > 0) store_current();
  spill_.clear();
}

std::span<const WordId> TokenStore::block(uint64_t index, std::vector<WordId>& room) const {
  const uint64_t count = std::min(kBlock, size() - index * kBlock);
  if (index < memory_.size()) return {memory_[index].data(), count};
  room.resize(kBlock);
  file_->read((index - memory_.size()) * kBlock * sizeof(WordId), room.data(), count * sizeof(WordId));
  return {room.data(), count};
}

void TokenStore::load(uint64_t begin, std::span<WordId> out) const {
  std::vector<WordId> room;
  for (uint64_t done = 0; done < out.size();) {
    const uint64_t at = begin + done;
    const std::span<const WordId> from = block(at / kBlock, room).subspan(at % kBlock);
    const uint64_t count = std::min<uint64_t>(from.size(), out.size() - done);
    std::copy_n(from.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  }
}

Corpus read_corpus(const std::vector<std::string>& texts, const WordOptions& options, Storage& storage,
                   const Work& work) {
  Corpus corpus{WordTable(), TokenStore(storage, storage.left() / 6)};
  const Units units(options);
  WordAdder words(corpus, options);
  Progress bar("reading", 0, work.show_progress);
  int64_t bytes = 0;
  const auto progress = [&](size_t size) {
    bytes += static_cast<int64_t>(size);
    bar.update(bytes, [&] { return fmt::format("{} MB", bytes >> 20); });
    stop_if_interrupted();
  };
  for (const std::string& file : texts) {
    if (units.are_words())
      read_words(file, words, progress);
    else
      read_units(file, units, words, progress);
  }
  corpus.tokens.finish();
  storage.take(corpus.words.bytes());
  return corpus;
}

void stop_if_interrupted() {
  if (const int signal = InterruptionGuard::signal(); signal != 0)
    throw Interrupted(signal, "interrupted; nothing was written");
}

}  // namespace seq::ngram

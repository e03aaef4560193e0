// N-grams of one length in suffix order with their counts: sorted in memory, or as runs on disk that are merged.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "base/parallel.h"
#include "ngram/corpus.h"
#include "ngram/gram_key.h"
#include "ngram/storage.h"

namespace seq::ngram {

/// Counts of counts that exceed 32 bits are refused: no n-gram may occur more often.
inline uint32_t added(uint32_t a, uint32_t b) {
  if (a > UINT32_MAX - b) throw RunError("an n-gram occurs more than 4,294,967,295 times, more than a count can hold");
  return a + b;
}

/// A text cut by its last words into ranges of about the same number of tokens.
struct WordRanges {
  std::vector<uint32_t> range_of;  ///< by word
  std::vector<WordId> begin;       ///< of each range, and the end of the last
  size_t size() const { return begin.size() - 1; }
};
WordRanges make_ranges(const std::vector<uint32_t>& word_counts, size_t most);

template <int K>
class GramSorter {
 public:
  using Key = GramKey<K>;

  GramSorter(const GramShape& shape, Storage& storage, int threads)
      : shape_(shape), storage_(storage), threads_(threads) {}

  /// All n-grams of a text, each counted once where it stands. `new_number` gives other numbers to words unless empty;
  /// `word_counts` are the counts by those.
  void add_text(const TokenStore& tokens, const std::vector<WordId>& new_number,
                const std::vector<uint32_t>& word_counts) {
    constexpr uint64_t kKeysOfRange = 1 << 15;
    const uint64_t total = tokens.size();
    const bool fits = total * sizeof(Key) <= storage_.left() * 6 / 10;
    const uint64_t most = fits ? total : std::max<uint64_t>(1024, storage_.left() * 8 / 10 / sizeof(Key));
    ranges_ = make_ranges(word_counts, std::clamp<uint64_t>(std::min(most, total) / kKeysOfRange, 1, 2048));
    block_ = Buffer<Key>(storage_, std::min(most, total));
    for (uint64_t begin = 0; begin < total; begin += most) {
      sort_part(tokens, new_number, begin, std::min(total, begin + most));
      if (!fits) write_run();
      stop_if_interrupted();
    }
    if (!fits) block_.clear();
  }

  /// One n-gram with its count. Not together with add_text.
  void add(const Key& key) {
    if (block_.size() == 0)
      block_ = Buffer<Key>(storage_, std::max<uint64_t>(1024, storage_.left() * 7 / 10 / sizeof(Key)));
    if (filled_ == block_.size()) {
      sort_added();
      write_run();
    }
    block_[filled_++] = key;
  }
  /// After the last add().
  void finish(WordId words) {
    ranges_.begin = {0, words};
    if (filled_ > 0 || runs_.empty()) sort_added();
    if (runs_.empty() || filled_ == 0) return;
    write_run();
    block_.clear();
  }

  bool in_memory() const { return runs_.empty(); }
  /// In memory: the sorted n-grams whose last words are in a range; equal ones stand side by side.
  const WordRanges& ranges() const { return ranges_; }
  std::span<const Key> range(size_t i) const {
    return {block_.data() + range_begin_[i], block_.data() + range_begin_[i + 1]};
  }
  uint64_t bytes() const { return block_.size() * sizeof(Key); }
  void clear() { block_.clear(); }

  /// Calls `take(key)` with each n-gram once, in order.
  template <class Take>
  void for_each(const Take& take) const {
    if (in_memory()) {
      combine([&](const auto& each) { std::for_each_n(block_.data(), filled_, each); }, take);
    } else {
      combine([&](const auto& each) { merge(each); }, take);
    }
  }

 private:
  struct Run {
    TemporaryStore file;
    uint64_t size = 0;
  };

  /// Puts the keys of a part of the text into their ranges and sorts these.
  void sort_part(const TokenStore& tokens, const std::vector<WordId>& new_number, uint64_t begin, uint64_t end) {
    const auto pieces = static_cast<uint64_t>(threads_);
    const auto bound = [&](uint64_t piece) { return begin + (end - begin) * piece / pieces; };
    std::vector<std::vector<uint64_t>> next(pieces, std::vector<uint64_t>(ranges_.size(), 0));
    parallel_for(threads_, pieces, [&](size_t piece, size_t) {
      for_tokens(tokens, new_number, bound(piece), bound(piece + 1),
                 [&, &counts = next[piece]](WordId word) { ++counts[ranges_.range_of[word]]; });
    });
    range_begin_.assign(ranges_.size() + 1, 0);
    uint64_t at = 0;
    for (size_t range = 0; range < ranges_.size(); ++range) {
      range_begin_[range] = at;
      for (std::vector<uint64_t>& counts : next) at += std::exchange(counts[range], at);
    }
    range_begin_.back() = filled_ = at;
    parallel_for(threads_, pieces,
                 [&](size_t piece, size_t) { fill(tokens, new_number, bound(piece), bound(piece + 1), next[piece]); });
    parallel_for(threads_, ranges_.size(), [&](size_t i, size_t) {
      std::sort(block_.data() + range_begin_[i], block_.data() + range_begin_[i + 1]);
    });
  }

  void fill(const TokenStore& tokens, const std::vector<WordId>& new_number, uint64_t begin, uint64_t end,
            std::vector<uint64_t>& next) {
    const Key mask = Key::all_words(shape_);
    const Key start = Key::sentence_start(shape_);
    Key key = start;
    const uint64_t before = std::min<uint64_t>(begin, static_cast<uint64_t>(shape_.order) - 1);
    const auto push = [&](WordId word) { key.push(word, shape_.bits, mask); };
    for_tokens(tokens, new_number, begin - before, begin, [&](WordId word) {
      push(word);
      if (word == kEndSentence) key = start;
    });
    for_tokens(tokens, new_number, begin, end, [&](WordId word) {
      push(word);
      Key& to = block_[next[ranges_.range_of[word]]++];
      to = key;
      to.set_count(1);
      if (word == kEndSentence) key = start;
    });
  }

  template <class Each>
  static void for_tokens(const TokenStore& tokens, const std::vector<WordId>& new_number, uint64_t begin, uint64_t end,
                         const Each& each) {
    std::vector<WordId> room;
    while (begin < end) {
      auto block = tokens.block(begin / TokenStore::kBlock, room).subspan(begin % TokenStore::kBlock);
      block = block.first(std::min<uint64_t>(block.size(), end - begin));
      for (const WordId word : block) each(new_number.empty() ? word : new_number[word]);
      begin += block.size();
    }
  }

  void sort_added() {
    std::sort(block_.data(), block_.data() + filled_);
    range_begin_ = {0, filled_};
  }

  void write_run() {
    constexpr size_t kKeys = (1 << 20) / sizeof(Key);
    Run run{storage_.file(), 0};
    std::vector<Key> out;
    out.reserve(kKeys);
    const auto flush = [&] {
      run.file.write(run.size * sizeof(Key), out.data(), out.size() * sizeof(Key));
      run.size += out.size();
      out.clear();
    };
    combine([&](const auto& each) { std::for_each_n(block_.data(), filled_, each); },
            [&](const Key& key) {
              out.push_back(key);
              if (out.size() == kKeys) flush();
            });
    flush();
    runs_.push_back(std::move(run));
    filled_ = 0;
  }

  /// Adds up equal n-grams that `source` gives one after another.
  template <class Source, class Take>
  void combine(const Source& source, const Take& take) const {
    Key last{};
    bool any = false;
    source([&](const Key& key) {
      if (any && key.shared(last, shape_) == shape_.order) {
        last.set_count(added(last.count(), key.count()));
        return;
      }
      if (any) take(last);
      last = key;
      any = true;
    });
    if (any) take(last);
  }

  /// Where a run is being read.
  struct Source {
    const Run* run;
    uint64_t next = 0;  ///< of the file
    size_t at = 0;      ///< of the buffer
    std::vector<Key> buffer;

    const Key& key() const { return buffer[at]; }
    bool advance(size_t most) {
      if (++at < buffer.size()) return true;
      buffer.resize(std::min<uint64_t>(most, run->size - next));
      run->file.read(next * sizeof(Key), buffer.data(), buffer.size() * sizeof(Key));
      next += buffer.size();
      at = 0;
      return !buffer.empty();
    }
  };

  template <class Each>
  void merge(const Each& each) const {
    const size_t keys = std::clamp<size_t>(storage_.left() / 4 / runs_.size(), 1 << 14, 1 << 21) / sizeof(Key);
    std::vector<Source> sources;
    for (const Run& run : runs_) sources.push_back({&run, 0, 0, {}});
    std::vector<Source*> heap;
    for (Source& source : sources)
      if (source.advance(keys)) heap.push_back(&source);
    const auto later = [](const Source* a, const Source* b) { return b->key() < a->key(); };
    std::make_heap(heap.begin(), heap.end(), later);
    while (!heap.empty()) {
      each(heap.front()->key());
      if (!heap.front()->advance(keys)) {
        std::pop_heap(heap.begin(), heap.end(), later);
        heap.pop_back();
      } else {
        sift_down(heap, later);
      }
    }
  }
  template <class Later>
  static void sift_down(std::vector<Source*>& heap, const Later& later) {
    for (size_t parent = 0;;) {
      size_t child = 2 * parent + 1;
      if (child >= heap.size()) return;
      if (child + 1 < heap.size() && later(heap[child], heap[child + 1])) ++child;
      if (!later(heap[parent], heap[child])) return;
      std::swap(heap[parent], heap[child]);
      parent = child;
    }
  }

  GramShape shape_;
  Storage& storage_;
  int threads_;
  WordRanges ranges_;
  Buffer<Key> block_;
  uint64_t filled_ = 0;
  std::vector<uint64_t> range_begin_;
  std::vector<Run> runs_;
};

}  // namespace seq::ngram

// Going along a level of a reverse trie, with what stands above each entry.
#pragma once

#include <algorithm>
#include <vector>

#include "base/parallel.h"
#include "ngram/reverse_trie.h"

namespace seq::ngram {

/// Entries that one thread works on at a time.
inline constexpr uint64_t kSlice = 1 << 16;

/// Calls work(begin, end) for slices of [0, size) on some threads.
template <class Work>
void for_slices(int threads, uint64_t size, const Work& work) {
  parallel_for(threads, (size + kSlice - 1) / kSlice, [&](size_t i, size_t) {
    stop_if_interrupted();
    work(i * kSlice, std::min(size, (i + 1) * kSlice));
  });
}

/// The parent of each entry of a level, from some entry on.
class ParentCursor {
 public:
  ParentCursor(const ReverseTrie& trie, int n, uint64_t begin)
      : index_(trie.parent(n, begin)), first_child_(trie.level(n - 1).first_child, index_) {
    first_child_.next();
    end_ = first_child_.next();
  }
  uint64_t index() const { return index_; }
  /// One past the parent's last child.
  uint64_t end() const { return end_; }
  /// Goes on until entry `index` is below the parent; calls `step` for each parent that it passes.
  template <class Step>
  void advance(uint64_t index, const Step& step) {
    while (index >= end_) {
      ++index_;
      end_ = first_child_.next();
      step();
    }
  }

 private:
  uint64_t index_;
  uint64_t end_ = 0;
  Column<uint32_t>::Reader first_child_;
};

/// The words of the entries of a level, in order from some entry on.
class WordCursor {
 public:
  WordCursor(const ReverseTrie& trie, int n, uint64_t begin) : order_(n), words_(static_cast<size_t>(n)) {
    if (n > 1) first_word_ = {trie.level(n).first_word, begin};
    uint64_t index = begin;
    for (int level = n; level > 1; --level) {
      above_.emplace_back(trie, level, index);
      index = above_.back().parent.index();
      if (level == 2)
        words_.back() = static_cast<WordId>(index);
      else
        above_.back().word = {trie.level(level - 1).first_word, index};
    }
    for (size_t i = 0; i + 1 < above_.size(); ++i) words_[i + 1] = above_[i].word.next();
    next_ = begin;
  }
  /// The words of the next entry in reading order; valid until the next call.
  const WordId* next() {
    if (order_ == 1) {
      words_[0] = static_cast<WordId>(next_++);
    } else {
      climb(0, next_++);
      words_[0] = first_word_.next();
    }
    return words_.data();
  }

 private:
  struct Above {
    Above(const ReverseTrie& trie, int n, uint64_t index) : parent(trie, n, index) {}
    ParentCursor parent;
    Column<WordId>::Reader word;
  };
  void climb(size_t i, uint64_t index) {
    Above& above = above_[i];
    if (index < above.parent.end()) return;
    const bool is_word = i + 1 == above_.size();
    above.parent.advance(index, [&] {
      if (!is_word) words_[i + 1] = above.word.next();
    });
    if (is_word)
      words_[i + 1] = static_cast<WordId>(above.parent.index());
    else
      climb(i + 1, above.parent.index());
  }

  int order_;
  uint64_t next_ = 0;
  std::vector<WordId> words_;
  std::vector<Above> above_;  ///< of order - 1, order - 2, … 1
  Column<WordId>::Reader first_word_;
};

}  // namespace seq::ngram

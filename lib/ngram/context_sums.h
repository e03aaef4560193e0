// What the contexts of a level add up from their followers.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>

#include "ngram/smoothing.h"
#include "ngram/storage.h"
#include "ngram/trie_cursor.h"

namespace seq::ngram {

/// Contexts [begin, end) of a level, the children of [parents_begin, parents_end) two levels below.
struct Range {
  uint64_t begin, end;
  uint64_t parents_begin, parents_end;
};

/// A part of a column, by the column's own indices.
template <class T>
class Window {
 public:
  Window() = default;
  Window(Column<T>& column, uint64_t begin, uint64_t end, Storage& storage) : begin_(begin) {
    if (column.in_memory()) {
      data_ = column.data() + begin;
      return;
    }
    room_ = Buffer<T>(storage, end - begin);
    column.load(begin, room_.data(), end - begin);
    data_ = room_.data();
  }
  T operator[](uint64_t i) const { return data_[i - begin_]; }
  const T* at(uint64_t i) const { return data_ + (i - begin_); }

 private:
  uint64_t begin_ = 0;
  const T* data_ = nullptr;
  Buffer<T> room_;
};

/// Sums over the followers of each context of a range, then the shares made of them in the same memory.
class Sums {
 public:
  Sums(const Range& range, bool pruning, const Formula& formula, Storage& storage, int threads)
      : begin_(range.begin), main_(storage, range.end - range.begin) {
    if (pruning) pruned_ = Buffer<uint32_t>(storage, main_.size());
    if (formula.needs_lower()) lower_ = Buffer<uint64_t>(storage, main_.size());
    for_slices(threads, main_.size(), [&](uint64_t from, uint64_t to) {
      std::fill(main_.data() + from, main_.data() + to, Main{});
      if (pruned_.size() > 0) std::fill(pruned_.data() + from, pruned_.data() + to, 0U);
      if (lower_.size() > 0) std::fill(lower_.data() + from, lower_.data() + to, 0U);
    });
  }

  void add(uint64_t context, uint32_t weight, bool kept, float lower) {
    const uint64_t i = context - begin_;
    plus(main_[i].total, weight);
    if (!kept) {
      plus(pruned_[i], weight);
      return;
    }
    plus(main_[i].kept[std::min(weight, 3U) - 1], 1U);
    if (lower_.size() > 0)
      plus(lower_[i], static_cast<uint64_t>(std::llround(static_cast<double>(lower) * kFixedPoint)));
  }
  /// Any number may be given.
  void prefetch(uint64_t context) const {
    if (context - begin_ < main_.size()) __builtin_prefetch(main_.data() + (context - begin_));
  }
  /// Turns the sums into shares and writes the back-offs.
  void finish(const Formula& formula, Column<float>& backoff, int threads) {
    for_slices(threads, main_.size(), [&](uint64_t from, uint64_t to) {
      Column<float>::Writer out(backoff, begin_ + from);
      for (uint64_t i = from; i < to; ++i) {
        const Mix mix = formula.mix(followers(i));
        main_[i].total = std::bit_cast<uint32_t>(static_cast<float>(mix.scale));
        main_[i].kept[0] = std::bit_cast<uint32_t>(static_cast<float>(mix.backoff));
        out.put(static_cast<float>(mix.backoff));
      }
      out.finish();
    });
  }
  float scale(uint64_t context) const { return std::bit_cast<float>(main_[context - begin_].total); }
  float backoff(uint64_t context) const { return std::bit_cast<float>(main_[context - begin_].kept[0]); }

  static uint64_t bytes_each(bool pruning, const Formula& formula) {
    return sizeof(Main) + (pruning ? sizeof(uint32_t) : 0) + (formula.needs_lower() ? sizeof(uint64_t) : 0);
  }

 private:
  static constexpr double kFixedPoint = 0x1p40;  // as integers, probabilities may be added in any order

  struct Main {
    uint32_t total = 0;
    std::array<uint32_t, 3> kept = {};
  };
  template <class T>
  static void plus(T& sum, T value) {
    std::atomic_ref<T>(sum).fetch_add(value, std::memory_order_relaxed);
  }
  Followers followers(uint64_t i) const {
    Followers all;
    all.total = main_[i].total;
    for (size_t k = 0; k < 3; ++k) all.kept[k] = main_[i].kept[k];
    if (pruned_.size() > 0) all.pruned = pruned_[i];
    if (lower_.size() > 0) all.lower = static_cast<double>(lower_[i]) / kFixedPoint;
    return all;
  }

  uint64_t begin_;
  Buffer<Main> main_;
  Buffer<uint32_t> pruned_;
  Buffer<uint64_t> lower_;
};

}  // namespace seq::ngram

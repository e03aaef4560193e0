// Two passes over a level: add up the followers of each context, then give them their shares.
#include "ngram/contexts.h"

#include <atomic>
#include <bit>
#include <cmath>

#include "ngram/trie_cursor.h"

namespace seq::ngram {
namespace {

constexpr uint32_t kNoContext = UINT32_MAX;
constexpr double kFixedPoint = 0x1p40;  // sums of probabilities as integers do not depend on the order of adding

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

/// The work of follow_contexts.
class ContextPasses {
 public:
  ContextPasses(ReverseTrie& trie, int n, LevelState& below, LevelResult& result, const Formula& formula,
                Storage& storage, int threads)
      : trie_(trie), n_(n), below_(below), result_(result), formula_(formula), storage_(storage), threads_(threads) {}

  void run() {
    const std::vector<Range> ranges = make_ranges();
    for (const Range& range : ranges) {
      const bool first = &range == &ranges.front();
      Sums sums(range, pruning(), formula_, storage_, threads_);
      {
        Window<uint32_t> children;
        Window<WordId> words;
        if (n_ > 2) {
          children = {trie_.level(n_ - 2).first_child, range.parents_begin, range.parents_end + 1, storage_};
          words = {trie_.level(n_ - 1).first_word, range.begin, range.end, storage_};
        }
        for_slices(threads_, size(),
                   [&](uint64_t begin, uint64_t end) { add_up(range, first, children, words, sums, begin, end); });
      }
      sums.finish(formula_, result_.backoff, threads_);
      for_slices(threads_, size(), [&](uint64_t begin, uint64_t end) { share(range, first, sums, begin, end); });
    }
  }

 private:
  uint64_t size() const { return trie_.level(n_).size; }
  bool pruning() const { return result_.state.keep.size() > 0; }
  Column<uint8_t>* keep() const { return pruning() ? &result_.state.keep : nullptr; }

  /// As few ranges as the memory allows.
  std::vector<Range> make_ranges() const {
    const uint64_t contexts = trie_.level(n_ - 1).size;
    uint64_t each = Sums::bytes_each(pruning(), formula_);
    if (n_ > 2 && !trie_.level(n_ - 1).first_word.in_memory()) each += sizeof(WordId);
    if (n_ > 2 && !trie_.level(n_ - 2).first_child.in_memory()) each += sizeof(uint32_t);
    const uint64_t most = std::max<uint64_t>(1, storage_.left() / 10 * 9 / each);
    std::vector<Range> ranges;
    if (n_ == 2) {
      for (uint64_t begin = 0; begin < contexts; begin += most)
        ranges.push_back({begin, std::min(contexts, begin + most), 0, 0});
      return ranges;
    }
    const Level& parents = trie_.level(n_ - 2);
    for (uint64_t from = 0; from < parents.size;) {
      const uint64_t begin = parents.first_child.at(from);
      uint64_t low = from + 1;  // always in the range, as far as it fits or not
      uint64_t high = parents.size + 1;
      if (contexts - begin <= most && parents.size - from <= most) low = parents.size;
      while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        const bool fits = middle - from <= most && parents.first_child.at(middle) - begin <= most;
        (fits ? low : high) = middle;
      }
      ranges.push_back({begin, parents.first_child.at(low), from, low});
      from = low;
    }
    return ranges;
  }

  /// Finds the contexts of a slice that lie in a range, and adds its entries to their sums.
  void add_up(const Range& range, bool first, const Window<uint32_t>& children, const Window<WordId>& words, Sums& sums,
              uint64_t begin, uint64_t end) {
    const Entries entries(trie_, n_, keep(), formula_.adjusted(), begin, end);
    std::vector<uint32_t> room;
    const bool has_contexts = n_ > 2;
    const std::span<uint32_t> context =
        has_contexts ? result_.state.context.part(begin, end - begin, room, !first) : std::span<uint32_t>();
    ParentCursor parents(trie_, n_, begin);
    Column<uint32_t>::Reader parent_contexts;
    if (n_ > 3) parent_contexts = {below_.context, parents.index()};
    Column<float>::Reader lowers(below_.probability, parents.index());
    Column<WordId>::Reader parent_words;
    if (n_ == 3) parent_words = {trie_.level(2).first_word, parents.index()};

    uint64_t above = 0;  // the parent's context
    float lower = 0;
    uint64_t at = 0;  // where in its children to look on
    uint64_t stop = 0;
    bool inside = false;
    const auto step = [&] {
      lower = lowers.next();
      if (n_ == 2) return;
      above = n_ > 3 ? parent_contexts.next() : parent_words.next();
      inside = above >= range.parents_begin && above < range.parents_end;
      if (inside) {
        at = children[above];
        stop = children[above + 1];
      }
    };
    step();
    for (uint64_t i = begin; i < end; ++i) {
      parents.advance(i, step);
      uint64_t found = entries.first_word(i);
      if (n_ > 2) {
        if (first) context[i - begin] = kNoContext;
        if (!inside) continue;
        at = find(words, at, stop, entries.first_word(i));
        context[i - begin] = static_cast<uint32_t>(found = at);
      } else if (found < range.begin || found >= range.end) {
        continue;
      }
      sums.add(found, entries.weight(i), entries.kept(i), lower);
    }
    if (has_contexts) result_.state.context.store(begin, context);
  }

  /// The entry of [at, stop) whose first word is `word`.
  static uint64_t find(const Window<WordId>& words, uint64_t at, uint64_t stop, WordId word) {
    const WordId* const from = words.at(at);
    const WordId* const found = std::lower_bound(from, from + (stop - at), word);
    if (found == from + (stop - at) || *found != word)
      throw RunError("the counts contradict each other: an n-gram occurs whose context does not");
    return at + static_cast<uint64_t>(found - from);
  }

  /// The probabilities of a slice's entries whose contexts lie in a range.
  void share(const Range& range, bool first, const Sums& sums, uint64_t begin, uint64_t end) {
    const Entries entries(trie_, n_, keep(), formula_.adjusted(), begin, end);
    std::vector<uint32_t> context_room;
    std::vector<float> room;
    const std::span<const uint32_t> context =
        n_ > 2 ? result_.state.context.part(begin, end - begin, context_room) : std::span<uint32_t>();
    const std::span<float> probability = result_.state.probability.part(begin, end - begin, room, !first);
    ParentCursor parents(trie_, n_, begin);
    Column<float>::Reader lowers(below_.probability, parents.index());
    float lower = lowers.next();
    const bool interpolated = formula_.interpolated();
    for (uint64_t i = begin; i < end; ++i) {
      parents.advance(i, [&] { lower = lowers.next(); });
      const uint64_t of = n_ > 2 ? context[i - begin] : entries.first_word(i);
      if (of < range.begin || of >= range.end) continue;
      const float seen = static_cast<float>(formula_.numerator(entries.weight(i))) * sums.scale(of);
      probability[i - begin] = interpolated ? seen + sums.backoff(of) * lower : seen;
    }
    result_.state.probability.store(begin, probability);
  }

  ReverseTrie& trie_;
  int n_;
  LevelState& below_;
  LevelResult& result_;
  const Formula& formula_;
  Storage& storage_;
  int threads_;
};

}  // namespace

Entries::Entries(ReverseTrie& trie, int n, Column<uint8_t>* keep, bool adjusted, uint64_t begin, uint64_t end)
    : begin_(begin), unigrams_(n == 1), adjusted_(adjusted && n < trie.order()) {
  Level& level = trie.level(n);
  const uint64_t size = end - begin;
  if (!unigrams_) words_ = level.first_word.part(begin, size, word_room_);
  counts_ = level.count.part(begin, size, count_room_);
  if (adjusted_) children_ = level.first_child.part(begin, size + 1, child_room_);
  if (keep != nullptr) keep_ = keep->part(begin, size, keep_room_);
}

uint32_t Entries::weight(uint64_t i) const {
  const bool starts = first_word(i) == kBeginSentence;
  if (unigrams_ && starts) return 0;  // never predicted
  // Kneser & Ney 1995: how many words precede it; nothing precedes the start of a sentence.
  if (adjusted_ && !starts) return children_[i - begin_ + 1] - children_[i - begin_];
  return count(i);
}

LevelResult follow_contexts(ReverseTrie& trie, int n, LevelState& below, Column<uint8_t> keep, const Formula& formula,
                            Storage& storage, int threads) {
  LevelResult result;
  const uint64_t size = trie.level(n).size;
  result.state.keep = std::move(keep);
  if (n > 2) result.state.context = Column<uint32_t>(storage, size);
  result.state.probability = Column<float>(storage, size);
  result.backoff = Column<float>(storage, trie.level(n - 1).size);
  const uint64_t reserve = std::exchange(storage.reserve, 0);
  ContextPasses(trie, n, below, result, formula, storage, threads).run();
  storage.reserve = reserve;
  return result;
}

}  // namespace seq::ngram

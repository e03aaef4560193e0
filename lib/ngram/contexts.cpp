// Two passes over a level: add up the followers of each context, then give them their shares.
#include "ngram/contexts.h"

#include "ngram/context_sums.h"
#include "ngram/trie_cursor.h"

namespace seq::ngram {
namespace {

constexpr uint32_t kNoContext = UINT32_MAX;
constexpr size_t kTogether = 32;  // reads of memory at a time

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

    uint64_t at = 0;  // of the parent's context the children, among which the contexts are
    uint64_t stop = 0;
    float lower = 0;
    bool inside = n_ == 2;
    const auto step = [&] {
      lower = lowers.next();
      if (n_ == 2) return;
      const uint64_t above = n_ > 3 ? parent_contexts.next() : parent_words.next();
      inside = above >= range.parents_begin && above < range.parents_end;
      if (inside) {
        at = children[above];
        stop = children[above + 1];
      }
    };
    step();
    // Some entries at a time, so that their reads of memory, each far from the last, overlap.
    std::array<Sought, kTogether> sought;
    for (uint64_t i = begin; i < end;) {
      size_t count = 0;
      for (; i < end && count < kTogether; ++i) {
        parents.advance(i, step);
        if (has_contexts && first) context[i - begin] = kNoContext;
        if (!inside) continue;
        sought[count++] = {i, parents.index(), at, stop, lower};
        if (has_contexts) __builtin_prefetch(words.at(at + (stop - at) / 2));
      }
      const std::span<Sought> those(sought.data(), count);
      find_contexts(entries, words, sums, those);
      for (const Sought& one : those) {
        if (one.at < range.begin || one.at >= range.end) continue;  // on level 2, which is in one piece
        if (has_contexts) context[one.entry - begin] = static_cast<uint32_t>(one.at);
        sums.add(one.at, entries.weight(one.entry), entries.kept(one.entry), one.lower);
      }
    }
    if (has_contexts) result_.state.context.store(begin, context);
  }

  /// Some entries whose contexts are found together.
  struct Sought {
    uint64_t entry;
    uint64_t parent;
    uint64_t at;    ///< where the context is looked for, then where it is
    uint64_t stop;  ///< up to where
    float lower;
  };

  /// Entries of one parent have contexts that follow one another.
  void find_contexts(const Entries& entries, const Window<WordId>& words, const Sums& sums,
                     std::span<Sought> those) const {
    for (Sought& one : those) {
      if (n_ == 2) {
        one.at = entries.first_word(one.entry);
        continue;
      }
      const bool follows = &one != &those.front() && (&one - 1)->parent == one.parent;
      one.at = find(words, follows ? (&one - 1)->at : one.at, one.stop, entries.first_word(one.entry));
      sums.prefetch(one.at);
    }
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
      if (n_ > 2 && i + kTogether < end) sums.prefetch(context[i + kTogether - begin]);
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

// The orders from 1 upwards: each gives its probabilities to the next, and gets its back-offs from it.
#include "ngram/model_builder.h"

#include <fmt/format.h>

#include <cmath>
#include <mutex>

#include "base/progress.h"
#include "ngram/contexts.h"
#include "ngram/trie_cursor.h"

namespace seq::ngram {
namespace {

constexpr float kLogZero = -99;

/// log10, in steps of 1e-7: what an ARPA file can say exactly.
float log_of(float probability) {
  if (!(probability > 0)) return kLogZero;
  return static_cast<float>(std::nearbyint(std::log10(static_cast<double>(probability)) * 1e7) / 1e7);
}

class ModelBuilder {
 public:
  ModelBuilder(ReverseTrie& trie, CountedWords words, const EstimateOptions& options, ModelSink& sink, Storage& storage,
               const Work& work)
      : trie_(trie),
        words_(std::move(words)),
        options_(options),
        sink_(sink),
        storage_(storage),
        work_(work),
        smoothing_(smoothing_named(options.smoothing)) {
    pruning_ = !words_.outside.empty();
    for (const int64_t threshold : options.prune) pruning_ = pruning_ || threshold > 0;
  }

  Estimated run() {
    storage_.reserve = working_memory(trie_, storage_);
    std::vector<Column<uint8_t>> keep(static_cast<size_t>(trie_.order()) + 1);
    for (int n = 1; n <= trie_.order(); ++n) {
      if (pruning_) keep[static_cast<size_t>(n)] = mark(n, keep[static_cast<size_t>(n - 1)]);
      scan(n, keep[static_cast<size_t>(n)]);
    }
    begin_sink(keep[1]);
    LevelState state = unigrams(std::move(keep[1]));
    for (int n = 2; n <= trie_.order(); ++n) {
      LevelResult next = follow_contexts(trie_, n, state, std::move(keep[static_cast<size_t>(n)]), formula(n), storage_,
                                         work_.threads);
      emit(n - 1, state, &next.backoff);
      state = std::move(next.state);
    }
    emit(trie_.order(), state, nullptr);
    sink_.finish();
    Estimated made{kept_, {}};
    if (smoothing_ <= Smoothing::absolute_discounting)
      for (const Discounts& one : discounts_) made.discounts.push_back({one[1], one[2], one[3]});
    return made;
  }

 private:
  Formula formula(int n) const { return Formula(options_, discounts_[static_cast<size_t>(n - 1)], vocabulary_); }
  uint32_t threshold(int n) const {
    const size_t i = std::min(static_cast<size_t>(n), options_.prune.size()) - 1;
    return static_cast<uint32_t>(std::min<int64_t>(options_.prune[i], UINT32_MAX));
  }
  bool outside(WordId word) const { return !words_.outside.empty() && words_.outside[word]; }

  /// Marks the entries of a level that are in the model: frequent enough, with words of the vocabulary only.
  Column<uint8_t> mark(int n, Column<uint8_t>& above) {
    Column<uint8_t> keep(storage_, trie_.level(n).size);
    for_slices(work_.threads, keep.size(), [&](uint64_t begin, uint64_t end) {
      const Entries entries(trie_, n, nullptr, false, begin, end);
      std::vector<uint8_t> room;
      const std::span<uint8_t> marks = keep.part(begin, end - begin, room, false);
      if (n == 1) {
        for (uint64_t i = begin; i < end; ++i)
          marks[i - begin] = i <= kEndSentence || (entries.count(i) > threshold(1) && !outside(entries.first_word(i)));
      } else {
        ParentCursor parents(trie_, n, begin);
        Column<uint8_t>::Reader parent_marks(above, parents.index());
        uint8_t parent = parent_marks.next();
        for (uint64_t i = begin; i < end; ++i) {
          parents.advance(i, [&] { parent = parent_marks.next(); });
          marks[i - begin] = parent != 0 && entries.count(i) > threshold(n) && !outside(entries.first_word(i));
        }
      }
      keep.store(begin, marks);
    });
    return keep;
  }

  /// Counts a level's weights and kept entries.
  void scan(int n, Column<uint8_t>& keep) {
    CountsOfCounts counts{};
    uint64_t kept = 0;
    std::mutex adding;
    for_slices(work_.threads, trie_.level(n).size, [&](uint64_t begin, uint64_t end) {
      const Entries entries(trie_, n, keep.size() > 0 ? &keep : nullptr, Formula::adjusts(smoothing_), begin, end);
      CountsOfCounts here{};
      uint64_t kept_here = 0;
      for (uint64_t i = begin; i < end; ++i) {
        const uint32_t weight = entries.weight(i);
        if (weight < here.size()) ++here[weight];
        if (entries.kept(i)) ++kept_here;
      }
      const std::lock_guard<std::mutex> lock(adding);
      for (size_t i = 0; i < counts.size(); ++i) counts[i] += here[i];
      kept += kept_here;
    });
    kept_.push_back(kept);
    discounts_.push_back(make_discounts(n, counts, options_, *work_.log));
    if (smoothing_ <= Smoothing::absolute_discounting)
      work_.log->info("{}-grams: {} (discounts {:.6g}, {:.6g}, {:.6g})", n, kept, discounts_.back()[1],
                      discounts_.back()[2], discounts_.back()[3]);
    else
      work_.log->info("{}-grams: {}", n, kept);
  }

  /// Gives the words that are left their final numbers.
  void begin_sink(Column<uint8_t>& keep) {
    if (pruning_) {
      std::vector<std::string> words;
      Column<uint8_t>::Reader marks(keep, 0);
      for (std::string& word : words_.words) {
        final_number_.push_back(static_cast<WordId>(words.size()));
        if (marks.next() != 0) words.push_back(std::move(word));
      }
      words_.words = std::move(words);
    }
    // Every word but <s>, which is never predicted, and <unk> where no unknown word is expected.
    vocabulary_ = static_cast<double>(kept_[0]) - 1;
    if (options_.vocabulary == "closed" && trie_.level(1).count.at(kUnknownWord) == 0) vocabulary_ -= 1;
    sink_.begin(words_.words, kept_);
  }

  LevelState unigrams(Column<uint8_t> keep) {
    LevelState state;
    const uint64_t size = trie_.level(1).size;
    state.keep = std::move(keep);
    Column<uint8_t>* const marks = pruning_ ? &state.keep : nullptr;
    Followers followers;
    for (uint64_t begin = 0; begin < size; begin += kSlice) {
      const uint64_t end = std::min(size, begin + kSlice);
      const Entries entries(trie_, 1, marks, Formula::adjusts(smoothing_), begin, end);
      for (uint64_t i = begin; i < end; ++i) {
        const uint32_t weight = entries.weight(i);
        followers.total += weight;
        if (weight > 0 && entries.kept(i)) ++followers.kept[std::min(weight, 3U) - 1];
        if (!entries.kept(i)) followers.pruned += weight;
      }
    }
    const bool closed = options_.vocabulary == "closed";
    Formula formula = this->formula(1);
    if (!formula.interpolated() && closed) followers.total -= std::exchange(followers.pruned, 0);
    const Mix mix = formula.mix(followers);
    const bool uniform = formula.interpolated() && options_.interpolate_unigrams;
    const double share = uniform ? mix.backoff / vocabulary_ : 0;

    state.probability = Column<float>(storage_, size);
    Column<float>::Writer out(state.probability, 0);
    for (uint64_t begin = 0; begin < size; begin += kSlice) {
      const uint64_t end = std::min(size, begin + kSlice);
      const Entries entries(trie_, 1, marks, Formula::adjusts(smoothing_), begin, end);
      for (uint64_t i = begin; i < end; ++i) {
        const uint32_t weight = entries.weight(i);
        const bool no_word = i == kBeginSentence || (i == kUnknownWord && closed && weight == 0);
        double p = no_word ? 0 : formula.numerator(weight) * mix.scale + share;
        if (i == kUnknownWord && !closed && !uniform) p += rest_of_unigrams(formula, mix, followers);
        out.put(static_cast<float>(p));
      }
    }
    out.finish();
    return state;
  }

  /// What <unk> gets where words are not mixed with the uniform distribution.
  static double rest_of_unigrams(const Formula& formula, const Mix& mix, const Followers& followers) {
    return formula.interpolated() ? mix.backoff : static_cast<double>(followers.pruned) * mix.scale;
  }

  /// Sends a level to the sink.
  void emit(int n, LevelState& state, Column<float>* backoff) {
    constexpr size_t kPieces = 16;
    const auto order = static_cast<size_t>(n);
    const uint64_t piece = std::clamp<uint64_t>(storage_.limit() / kPieces / 32 / (4 * order + 8), 1 << 8, 1 << 14);
    std::vector<WordId> words(kPieces * piece * order);
    std::vector<float> probabilities(kPieces * piece);
    std::vector<float> backoffs(backoff != nullptr ? kPieces * piece : 0);
    std::array<uint64_t, kPieces> filled{};
    Progress bar(fmt::format("{}-grams", n), static_cast<int64_t>(trie_.level(n).size), work_.show_progress);
    for (uint64_t from = 0; from < trie_.level(n).size; from += kPieces * piece) {
      stop_if_interrupted();
      parallel_for(work_.threads, kPieces, [&](size_t i, size_t) {
        const uint64_t begin = std::min(from + i * piece, trie_.level(n).size);
        const uint64_t end = std::min(begin + piece, trie_.level(n).size);
        const auto at = static_cast<std::ptrdiff_t>(i * piece);
        filled[i] = begin == end ? 0
                                 : fill(n, state, backoff, begin, end, words.begin() + at * n,
                                        probabilities.begin() + at, backoffs.begin() + (backoff != nullptr ? at : 0));
      });
      send(n, words, probabilities, backoffs, filled, piece);
      bar.update(static_cast<int64_t>(from));
    }
  }

  using Words = std::vector<WordId>::iterator;
  using Floats = std::vector<float>::iterator;

  /// Writes the kept entries of [begin, end) to arrays; returns how many they are.
  uint64_t fill(int n, LevelState& state, Column<float>* backoff, uint64_t begin, uint64_t end, Words words,
                Floats probability, Floats back) {
    WordCursor cursor(trie_, n, begin);
    Column<float>::Reader probabilities(state.probability, begin);
    Column<float>::Reader backoffs;
    if (backoff != nullptr) backoffs = {*backoff, begin};
    Column<uint8_t>::Reader marks;
    if (pruning_) marks = {state.keep, begin};
    uint64_t filled = 0;
    for (uint64_t i = begin; i < end; ++i) {
      const WordId* const gram = cursor.next();
      const float p = probabilities.next();
      const float b = backoff != nullptr ? backoffs.next() : 1;
      if (pruning_ && marks.next() == 0) continue;
      for (int k = 0; k < n; ++k) *words++ = pruning_ ? final_number_[gram[k]] : gram[k];
      *probability++ = std::min(0.0F, log_of(p));
      if (backoff != nullptr) *back++ = log_of(b);
      ++filled;
    }
    return filled;
  }

  /// Closes the gaps that pruning left between pieces.
  void send(int n, std::vector<WordId>& words, std::vector<float>& probabilities, std::vector<float>& backoffs,
            const std::array<uint64_t, 16>& filled, uint64_t piece) {
    uint64_t to = 0;
    const auto order = static_cast<uint64_t>(n);
    for (size_t i = 0; i < filled.size(); ++i) {
      const uint64_t from = i * piece;
      if (from != to) {
        std::copy_n(words.data() + from * order, filled[i] * order, words.data() + to * order);
        std::copy_n(probabilities.data() + from, filled[i], probabilities.data() + to);
        if (!backoffs.empty()) std::copy_n(backoffs.data() + from, filled[i], backoffs.data() + to);
      }
      to += filled[i];
    }
    if (to == 0) return;
    sink_.add(n,
              {{words.data(), to * order}, {probabilities.data(), to}, {backoffs.data(), backoffs.empty() ? 0 : to}});
  }

  ReverseTrie& trie_;
  CountedWords words_;
  const EstimateOptions& options_;
  ModelSink& sink_;
  Storage& storage_;
  const Work& work_;
  Smoothing smoothing_;
  bool pruning_ = false;
  std::vector<uint64_t> kept_;        ///< by order
  std::vector<Discounts> discounts_;  ///< by order
  std::vector<WordId> final_number_;  ///< where words were pruned
  double vocabulary_ = 0;             ///< how many words can be predicted
};

}  // namespace

Estimated build_model(ReverseTrie& trie, CountedWords words, const EstimateOptions& options, ModelSink& sink,
                      Storage& storage, const Work& work) {
  return ModelBuilder(trie, std::move(words), options, sink, storage, work).run();
}

}  // namespace seq::ngram

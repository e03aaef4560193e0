// Scoring: one word after a state, or many words with their memory reads overlapped.
#include "ngram/model.h"

#include <atomic>

#include "base/error.h"
#include "ngram/arpa.h"
#include "ngram/layouts.h"

namespace seq::ngram {
namespace {

template <class Layout>
class LayoutModel : public Model {
 public:
  explicit LayoutModel(BinaryImage image) : Model(std::move(image)), layout_(image_), order_(Model::order()) {}

  Score score(const State& state, WordId word, State& next) const override {
    typename Layout::Search search{};
    Found found = layout_.begin(word, search);
    Score score{found.probability, 1};
    next.length = std::min(1, order_ - 1);
    next.words[0] = word;
    next.backoffs[0] = found.backoff;
    for (int i = 0; i < state.length && i < order_ - 1 && found.has_children; ++i) {
      const int order = i + 2;
      layout_.aim(search, order, state.words[static_cast<size_t>(i)]);
      Probe probe;
      while ((probe = layout_.probe(search, order, found)) == Probe::again) continue;
      if (probe == Probe::missing) break;
      score = {found.probability, order};
      if (order == order_) break;
      next.length = order;
      next.words[static_cast<size_t>(order - 1)] = state.words[static_cast<size_t>(i)];
      next.backoffs[static_cast<size_t>(order - 1)] = found.backoff;
    }
    for (int i = score.order - 1; i < state.length; ++i) score.log10 += state.backoffs[static_cast<size_t>(i)];
    return score;
  }

  void score(std::span<const Token> tokens, std::span<Score> scores) const override {
    const size_t count = tokens.size();
    const size_t stride = static_cast<size_t>(order_);
    std::vector<float> backoffs(count * stride);  // [tokens, order]: at n - 1 of the n-gram that ends there
    std::vector<int8_t> lengths(count);           // of the longest such context
    const auto context = [&](size_t at) { return std::min<size_t>({tokens[at].context, at, stride - 1}); };
    const auto before = [&](size_t at, size_t back) { return tokens[at - back].word; };
    const std::vector<char> whole = find_longest(tokens, context, before, scores);
    std::vector<uint32_t> places;  // whose shorter n-grams matter: of themselves, or as the context of the next word
    for (size_t at = 0; at < count; ++at)
      if (whole[at] == 0 || (at + 1 < count && whole[at + 1] == 0)) places.push_back(static_cast<uint32_t>(at));
    search_all(
        places.size(), [&](size_t i) { return tokens[places[i]].word; },
        [&](size_t i) { return std::min<size_t>(context(places[i]), whole[places[i]] != 0 ? stride - 2 : stride); },
        [&](size_t i, size_t back) { return before(places[i], back); },
        [&](size_t i, int order, const Found& found) {
          const size_t at = places[i];
          if (whole[at] == 0) scores[at] = {found.probability, order};
          if (order == order_) return;
          backoffs[at * stride + static_cast<size_t>(order - 1)] = found.backoff;
          lengths[at] = static_cast<int8_t>(order);
        });
    size_t long_matches = 0;
    for (size_t at = 0; at < count; ++at) {
      long_matches += scores[at].order == order_ ? 1 : 0;
      if (at == 0 || scores[at].order == order_) continue;
      const int known = std::min(static_cast<int>(context(at)), static_cast<int>(lengths[at - 1]));
      for (int length = scores[at].order; length <= known; ++length)
        scores[at].log10 += backoffs[(at - 1) * stride + static_cast<size_t>(length - 1)];
    }
    longest_first_.store(2 * long_matches > count, std::memory_order_relaxed);
  }

  void score_all(const State& state, std::vector<float>& log10) const override {
    const auto length = static_cast<size_t>(state.length);
    log10.resize(vocabulary_size());
    std::vector<int8_t> orders(log10.size());
    search_all(
        log10.size(), [](size_t at) { return static_cast<WordId>(at); }, [&](size_t) { return length; },
        [&](size_t, size_t back) { return state.words[back - 1]; },
        [&](size_t at, int order, const Found& found) {
          log10[at] = found.probability;
          orders[at] = static_cast<int8_t>(order);
        });
    for (size_t word = 0; word < log10.size(); ++word)
      for (size_t i = static_cast<size_t>(orders[word]) - 1; i < length; ++i) log10[word] += state.backoffs[i];
  }

 private:
  /// Looks for n-grams of the highest order at once where the text before had many of them: then nothing shorter need
  /// be read. Which way is taken changes the speed alone. 1 for each word that has one, its score filled in.
  template <class Context, class Before>
  std::vector<char> find_longest(std::span<const Token> tokens, const Context& context, const Before& before,
                                 std::span<Score> scores) const {
    std::vector<char> found_whole(tokens.size());
    if constexpr (requires { &Layout::template aim_longest<Before>; }) {
      if (order_ < 3 || !longest_first_.load(std::memory_order_relaxed)) return found_whole;
      std::array<typename Layout::Search, kRunning> searches{};
      const size_t longest = static_cast<size_t>(order_ - 1);
      for (size_t at = 0; at < tokens.size() + kRunning; ++at) {
        typename Layout::Search& search = searches[at % kRunning];
        if (const size_t aimed = at - kRunning; at >= kRunning && context(aimed) == longest) {
          Found found{};
          if (layout_.probe(search, order_, found) == Probe::found) {
            scores[aimed] = {found.probability, order_};
            found_whole[aimed] = 1;
          }
        }
        if (at < tokens.size() && context(at) == longest)
          layout_.aim_longest(search, tokens[at].word, [&](size_t back) { return before(at, back); });
      }
    }
    return found_whole;
  }

  /// Finds the n-grams that end in `word(i)` for i < count, from 1 word to at most 1 + context(i), by some searches at
  /// a time: while one waits for memory the others go on. `before(i, n)` is the n-th word before.
  template <class Word, class Context, class Before, class OnFound>
  void search_all(size_t count, const Word& word, const Context& context, const Before& before,
                  const OnFound& on_found) const {
    struct Running {
      typename Layout::Search search;
      size_t at;
      int order;  // that is searched for
      int most;   // that the context allows
    };
    std::array<Running, kRunning> running{};
    size_t next = 0;
    const auto start = [&](Running& place) {
      while (next < count) {
        const size_t at = next++;
        if (at + kAhead < count) layout_.prefetch(word(at + kAhead));
        const Found found = layout_.begin(word(at), place.search);
        on_found(at, 1, found);
        place.most = static_cast<int>(context(at)) + 1;
        if (!found.has_children || place.most == 1) continue;
        place.at = at;
        place.order = 2;
        layout_.aim(place.search, 2, before(at, 1));
        return true;
      }
      return false;
    };
    size_t places = 0;
    while (places < kRunning && start(running[places])) ++places;
    while (places > 0) {
      for (size_t i = 0; i < places;) {
        Running& place = running[i];
        Found found{};
        const Probe probe = layout_.probe(place.search, place.order, found);
        bool goes_on = probe == Probe::again;
        if (probe == Probe::found) {
          on_found(place.at, place.order, found);
          goes_on = found.has_children && place.order < place.most;
          if (goes_on) {
            ++place.order;
            layout_.aim(place.search, place.order, before(place.at, static_cast<size_t>(place.order - 1)));
          }
        }
        if (goes_on || start(place))
          ++i;
        else
          place = running[--places];
      }
    }
  }

  static constexpr size_t kRunning = 32;  ///< searches at a time
  static constexpr size_t kAhead = 16;

  Layout layout_;
  int order_;
  mutable std::atomic<bool> longest_first_ = false;
};

}  // namespace

State Model::begin_state() const {
  State state;
  score(empty_state(), kBeginSentence, state);
  return state;
}

std::unique_ptr<Model> make_model(BinaryImage image) {
  if (image.header().layout == static_cast<uint32_t>(Layout::hashed))
    return std::make_unique<LayoutModel<HashedLayout>>(std::move(image));
  return std::make_unique<LayoutModel<TrieLayout>>(std::move(image));
}

std::unique_ptr<Model> load_model(const fs::path& path, Layout in_memory) {
  if (is_binary_model(path)) return make_model(BinaryImage(path));
  std::vector<std::byte> bytes;
  const auto sink = make_binary_sink(bytes, {in_memory, {}});
  read_arpa(path, *sink);
  return make_model(BinaryImage(std::move(bytes), path.string()));
}

}  // namespace seq::ngram

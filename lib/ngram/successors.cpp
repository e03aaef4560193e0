// Making the automaton out of a trie over reversed words; drawing.
#include "ngram/successors.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ngram/layouts.h"

namespace seq::ngram {

/// Goes over the orders from 1 upwards. The entries of an order stand in suffix order: those that end in the same
/// shorter n-gram, their parent, lie together by their first word.
class Successors::Builder {
 public:
  Builder(const BinaryImage& image, Successors& made) : image_(image), layout_(image), made_(made) {
    order_ = static_cast<int>(image.header().order);
    uint64_t contexts = 0;
    uint64_t edges = 0;
    for (int n = 0; n <= order_; ++n) {
      if (n > 0) edges += count(n);
      if (n < order_) contexts += count(n);
    }
    if (contexts > UINT32_MAX) throw Error(image.name() + ": too many n-grams to draw lines from");
    made.nodes_.resize(contexts + 1);
    made.edges_.resize(edges);
  }

  void build() {
    Order shorter{{0}, {0}};
    for (int n = 1; n <= order_; ++n) {
      Order current = read(n, shorter);
      place_edges(n, current);
      first_node_ += count(n - 1);
      edges_before_ += count(n);
      shorter = std::move(current);
    }
    made_.nodes_.back().first_edge = made_.edges_.size();
  }

 private:
  struct Order {
    std::vector<WordId> last;       ///< the last word of each entry
    std::vector<uint32_t> context;  ///< its words before the last one, as an entry of the order below
  };

  uint64_t count(int n) const {
    if (n < 2) return n == 0 ? 1 : image_.header().vocabulary_size;
    return image_.header().orders[static_cast<size_t>(n - 1)].count;
  }
  void require(bool holds) const {
    if (!holds) throw Error(image_.name() + ": damaged, n-grams lack their contexts");
  }

  /// Calls work(parent, begin, end) for the entries of the order below and their children.
  template <class Work>
  void for_parents(int n, const Work& work) const {
    uint64_t begin = 0;
    for (uint64_t parent = 0; parent < count(n - 1); ++parent) {
      const uint64_t end = first_child(n - 1, parent + 1);
      require(begin <= end && end <= count(n));
      work(parent, begin, end);
      begin = end;
    }
    require(begin == count(n));
  }
  uint64_t first_child(int n, uint64_t index) const {
    if (n == 0) return index == 0 ? 0 : count(1);
    return layout_.entry(n, index).first_child;
  }

  /// The context of an entry ends in the parent's context and begins with the entry's first word, so that it is found
  /// among the children of the former, beyond that of the entry before.
  Order read(int n, const Order& shorter) const {
    Order made{std::vector<WordId>(count(n)), std::vector<uint32_t>(count(n))};
    for_parents(n, [&](uint64_t parent, uint64_t begin, uint64_t end) {
      uint64_t place = 0;
      uint64_t places_end = 0;
      if (n > 1 && begin < end) {
        place = first_child(n - 2, shorter.context[parent]);
        places_end = first_child(n - 2, shorter.context[parent] + uint64_t{1});
      }
      for (uint64_t i = begin; i < end; ++i) {
        const WordId first = layout_.entry(n, i).first_word;
        made.last[i] = n == 1 ? first : shorter.last[parent];
        if (n == 1) continue;
        place = find_first_word(n - 1, place, places_end, first);
        made.context[i] = static_cast<uint32_t>(place);
      }
    });
    return made;
  }

  uint64_t find_first_word(int n, uint64_t begin, uint64_t end, WordId word) const {
    const uint64_t all = std::min(end, count(n));
    uint64_t size = all - std::min(begin, all);
    while (size > 0) {
      const uint64_t half = size / 2;
      if (layout_.entry(n, begin + half).first_word < word) {
        begin += half + 1;
        size -= half + 1;
      } else {
        size = half;
      }
    }
    require(begin < all && layout_.entry(n, begin).first_word == word);
    return begin;
  }

  /// The entries of an order become edges of the order below, each context's by their words: suffix order has the last
  /// word first.
  void place_edges(int n, const Order& entries) {
    const uint64_t contexts = count(n - 1);
    std::vector<uint64_t> next(contexts + 1);
    for (const uint32_t context : entries.context) ++next[context + size_t{1}];
    next[0] = edges_before_;
    for (uint64_t i = 0; i < contexts; ++i) {
      next[i + 1] += next[i];
      made_.nodes_[first_node_ + i].first_edge = next[i];
    }
    for_parents(n, [&](uint64_t parent, uint64_t begin, uint64_t end) {
      for (uint64_t i = begin; i < end; ++i) {
        const auto shorter = static_cast<Context>(first_node_ + parent);
        const auto own = static_cast<Context>(first_node_ + contexts + i);
        const double p = probability(entries.last[i], layout_.entry(n, i).probability);
        made_.edges_[next[entries.context[i]]++] = {p, entries.last[i], n < order_ ? own : shorter};
        if (n < order_) made_.nodes_[own].suffix = shorter;
      }
    });
    uint64_t edge = edges_before_;
    for (uint64_t i = 0; i < contexts; ++i) {
      Node& node = made_.nodes_[first_node_ + i];
      for (; edge < next[i]; ++edge) made_.edges_[edge].sum = node.own += made_.edges_[edge].sum;
      node.total = node.own;
      if (n > 1) node.total += std::pow(10.0, layout_.entry(n - 1, i).backoff) * made_.nodes_[node.suffix].total;
    }
  }

  /// What is drawn: a sentence does not begin within one, and `<unk>` stands for no word.
  static double probability(WordId word, float log10) {
    constexpr float kNever = -99;
    return word == kUnknownWord || word == kBeginSentence || log10 <= kNever ? 0 : std::pow(10.0, log10);
  }

  const BinaryImage& image_;
  TrieLayout layout_;
  Successors& made_;
  int order_;
  uint64_t first_node_ = 0;  ///< of the order below
  uint64_t edges_before_ = 0;
};

Successors::Successors(const BinaryImage& image) {
  Builder(image, *this).build();
}

const Successors::Edge* Successors::find(Context context, WordId word) const {
  const auto all = edges(context);
  if (context == kEmpty) return &all[word];  // has every word
  const auto found = std::lower_bound(all.begin(), all.end(), word, [](const Edge& a, WordId b) { return a.word < b; });
  return found != all.end() && found->word == word ? &*found : nullptr;
}

Successors::Context Successors::follow(Context context, WordId word) const {
  for (;; context = nodes_[context].suffix)
    if (const Edge* const edge = find(context, word)) return edge->target;
}

std::optional<Successors::Drawn> Successors::draw(Context context, Random& random) const {
  // P(w | h) is in proportion to the back-offs before the longest suffix of h that w follows times the probability of
  // w there. So a suffix is drawn by its back-offs and its edges' sum, then an edge; and a word is refused that follows
  // a longer suffix too, whose probability stands there.
  constexpr int kMostRefused = 1000;
  for (int refused = 0; refused < kMostRefused; ++refused) {
    Context at = context;
    double draw = random.uniform() * nodes_[at].total;
    while (draw >= nodes_[at].own && at != kEmpty) {
      const Node& node = nodes_[at];
      draw = (draw - node.own) / (node.total - node.own) * nodes_[node.suffix].total;
      at = node.suffix;
    }
    const auto all = edges(at);
    const auto edge = std::upper_bound(all.begin(), all.end(), draw, [](double a, const Edge& b) { return a < b.sum; });
    if (edge == all.end()) continue;  // by rounding
    Context longer = context;
    while (longer != at && find(longer, edge->word) == nullptr) longer = nodes_[longer].suffix;
    if (longer == at) return Drawn{edge->word, edge->target};
  }
  return std::nullopt;
}

}  // namespace seq::ngram

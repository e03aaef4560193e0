// The words that may follow each context of a model, for drawing many words.
//
//   const Successors successors(model->image());  // of the trie layout
//   auto context = successors.begin_sentence();
//   while (auto drawn = successors.draw(context, random)) { ...; context = drawn->context; }
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "ngram/binary_image.h"

namespace seq::ngram {

/// An automaton: its contexts are the n-grams below the highest order and the empty one, its edges all n-grams, from
/// the words before the last one to the longest context that they end in. Takes some 16 bytes for each n-gram and 32
/// more for each below the highest order.
class Successors {
 public:
  using Context = uint32_t;
  struct Drawn {
    WordId word;
    Context context;  ///< after the word
  };

  /// Only a trie holds the words of n-grams.
  static bool are_in(const BinaryImage& image) { return image.header().layout == static_cast<uint32_t>(Layout::trie); }
  /// Of a trie. Throws Error when it is damaged.
  explicit Successors(const BinaryImage& image);

  Context begin_sentence() const { return follow(kEmpty, kBeginSentence); }
  /// The context after one more word.
  Context follow(Context context, WordId word) const;
  /// A word with its probability after a context, given that it is neither `<s>` nor `<unk>`. Nothing where nothing can
  /// follow or words are refused too often; a caller who then draws by probabilities keeps the distribution.
  std::optional<Drawn> draw(Context context, Random& random) const;

 private:
  static constexpr Context kEmpty = 0;
  struct Node {
    double own;    ///< sum of the probabilities of its edges
    double total;  ///< and of those of its suffixes, each by the back-offs before it
    uint64_t first_edge;
    Context suffix;
  };
  struct Edge {
    double sum;  ///< of the probabilities of the context's edges up to this one
    WordId word;
    Context target;
  };
  class Builder;

  std::span<const Edge> edges(Context context) const {
    const uint64_t begin = nodes_[context].first_edge;
    return {edges_.data() + begin, nodes_[context + 1].first_edge - begin};
  }
  const Edge* find(Context context, WordId word) const;

  std::vector<Node> nodes_;  ///< the empty context, those of 1 word, of 2 words …, and one more for the edges' end
  std::vector<Edge> edges_;  ///< by context, then by word
};

}  // namespace seq::ngram

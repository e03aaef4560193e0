// The unigram language model (Kudo 2018): a word is cut so that the product of its tokens' probabilities is largest.
#pragma once

#include <array>
#include <string>

#include "base/random.h"
#include "text/subword/model.h"
#include "text/subword/trie.h"

namespace seq {

/// What a token of a unigram model is, as SentencePiece has it.
enum class PieceKind : uint8_t {
  normal,
  user,      ///< taken wherever it stands
  reserved,  ///< never found in a text: unknown, control, bytes
};

/// How words are cut.
struct UnigramOptions {
  bool fuse_unknown = true;    ///< neighbouring unknown characters are one unknown token
  bool byte_fallback = false;  ///< unknown characters become the tokens `<0x00>` … `<0xFF>` of their bytes
  /// Adds up scores in single precision, as SentencePiece does: near ties fall its way.
  bool single_precision = false;
};

/// The score of an unknown character is the lowest score less 10. Of equally good paths the one found first wins,
/// which is the one whose last token is longest.
class UnigramModel : public SubwordModel {
 public:
  /// One score for each token, a logarithm. `kinds` empty: all are normal.
  UnigramModel(Vocabulary vocabulary, std::vector<double> scores, UnigramOptions options,
               std::vector<PieceKind> kinds = {});
  void encode(std::string_view word, std::vector<Piece>& pieces) const override;
  Json to_json() const override;

  /// One way to cut a word.
  struct Path {
    std::vector<Piece> pieces;
    double score;
  };
  /// The `n` best ways, best first; fewer when there are not so many.
  std::vector<Path> best(std::string_view word, size_t n) const;
  /// One way drawn with probability proportional to its own to the power of `alpha`, among all of them.
  void sample(std::string_view word, double alpha, Random& random, std::vector<Piece>& pieces) const;

  const std::vector<double>& scores() const { return scores_; }
  const UnigramOptions& options() const { return options_; }

 private:
  template <class Use>
  size_t edges_from(std::string_view word, size_t begin, const Use& use) const;
  template <class Score>
  void viterbi(std::string_view word, std::vector<Piece>& pieces) const;
  void finish(std::string_view word, const std::vector<Piece>& path, std::vector<Piece>& pieces) const;
  void append_unknown(std::string_view word, size_t begin, size_t end, std::vector<Piece>& pieces) const;

  std::vector<double> scores_;
  UnigramOptions options_;
  std::vector<PieceKind> kinds_;
  double unknown_score_ = 0;
  double highest_score_ = 0;
  Trie trie_;
  std::array<int32_t, 256> byte_tokens_{};
};

}  // namespace seq

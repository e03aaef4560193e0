// Byte-pair encoding (Sennrich et al. 2016): the pair of neighbours that was learnt first is merged first, the leftmost
// of equal ones, until none is left that was learnt.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/random.h"
#include "text/subword/model.h"
#include "text/subword/pair_table.h"
#include "text/subword/token_pairs.h"

namespace seq {

/// How words become symbols.
struct BpeOptions {
  std::string continuing_prefix;  ///< opens the tokens of a word after its first
  std::string end_suffix;         ///< ends the token that ends a word: `</w>`
  bool fuse_unknown = false;      ///< neighbouring unknown characters are one unknown token
  bool byte_fallback = false;     ///< unknown characters become the tokens `<0x00>` … `<0xFF>` of their bytes
  bool ignore_merges = false;     ///< a word that is a token is that token, whatever the merges
  double dropout = 0;             ///< kept for the file: encode() drops nothing, sample() does
};

/// A learnt merge: the ids of two tokens and of the token that they make.
struct BpeMerge {
  int32_t left;
  int32_t right;
  int32_t result;
  int32_t rank;  ///< lower merges first; equal ranks merge from the left
};

class BpeModel : public SubwordModel {
 public:
  /// Merges in the order of their learning; `names` pairs of tokens. Throws Error(`merges[3]: …`) when a token is
  /// missing.
  BpeModel(Vocabulary vocabulary, const TokenPairs& names, BpeOptions options);
  BpeModel(Vocabulary vocabulary, std::vector<BpeMerge> merges, BpeOptions options);
  ~BpeModel() override;

  void encode(std::string_view word, std::vector<Piece>& pieces) const override;
  Json to_json() const override;
  /// BPE-dropout (Provilkov et al. 2020): each merge is passed over with this probability, whenever its turn comes.
  void sample(std::string_view word, double dropout, Random& random, std::vector<Piece>& pieces) const;

  const std::vector<BpeMerge>& merges() const { return merges_; }
  const BpeOptions& options() const { return options_; }

 private:
  struct Symbols;
  void fill_tables();
  void split(std::string_view word, std::vector<Piece>& pieces) const;
  bool append_bytes(std::string_view character, uint32_t begin, std::vector<Piece>& pieces) const;
  void merge_short(std::vector<Piece>& pieces, size_t first) const;
  void merge_long(std::vector<Piece>& pieces, size_t first, double dropout, Random* random) const;

  BpeOptions options_;
  std::vector<BpeMerge> merges_;
  PairTable table_;  ///< of `merges_`
  std::unique_ptr<Symbols> symbols_;
  std::array<int32_t, 256> byte_tokens_{};
};

}  // namespace seq

// Options of word2vec; those of the algorithm stand in lib/vectors/train/options.h.
#pragma once

#include <string>
#include <vector>

#include "vectors/train/options.h"

namespace seq {

/// The section `model` of a config of type `word2vec`.
struct Word2vecOptions : vectors::Word2vecOptions {
  static constexpr const char* kSummary = "word vectors: skip-gram and CBOW";

  std::string analogies;
  std::vector<std::string> similarities;

  template <class Visitor>
  void fields(Visitor& field) {
    vectors::Word2vecOptions::fields(field);
    field("analogies", analogies, "file of analogy questions to answer after each pass", path());
    field("similarities", similarities, "files of word pairs with people's judgements, to compare after each pass",
          path());
  }
};

}  // namespace seq

// Token vectors that were made elsewhere: the key `embedding` of every model with a table of token vectors.
#pragma once

#include <string>

#include "base/error.h"
#include "base/fields.h"

namespace seq {

/// Where the table's rows come from.
struct EmbeddingOptions {
  std::string from;
  bool freeze = false;

  /// Throws Error for keys that do not go together.
  void check() const {
    if (freeze && from.empty())
      throw Error("model.embedding.freeze: vectors that start at random would stay so (give model.embedding.from)");
  }

  template <class Visitor>
  void fields(Visitor& field) {
    field("from", from,
          "word vectors to start from, a word2vec run or a file of any format: tokens that are words of it get its "
          "vectors, the others start as ever",
          path());
    field("freeze", freeze, "keep the whole table as it starts: it is not trained");
  }
};

}  // namespace seq

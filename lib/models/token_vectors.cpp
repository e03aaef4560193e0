// Tokens looked up among words.
// V = vocabulary, E = embedding
#include "models/token_vectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace seq {
namespace {

vectors::WordVectors load(const EmbeddingOptions& options) {
  try {
    return vectors::load_vectors(options.from);
  } catch (const Error& error) {
    throw Error(std::string("model.embedding.from: ") + error.what());
  }
}

}  // namespace

FoundTokens copy_rows(const vectors::WordVectors& vectors, const Vocabulary& vocabulary, TokenRows table) {
  FoundTokens found;
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    const bool is_word = vectors.words().find(token).has_value();
    if (!is_word && vocabulary.is_special(id)) continue;
    const std::vector<float> vector = vectors.find(token);
    if (vector.empty()) continue;
    ++(is_word ? found.words : found.by_subwords);
    std::copy(vector.begin(), vector.end(), table.first + id * table.stride);
  }
  return found;
}

TokenVectors::TokenVectors(const EmbeddingOptions& options, int64_t size, const std::string& size_key)
    : options_(options), vectors_(load(options)) {
  if (vectors_.dimension() == size) return;
  throw Error("model.embedding.from: " + options.from + " has vectors of " + std::to_string(vectors_.dimension()) +
              " numbers, the model's are of " + std::to_string(size) + " (set model." + size_key + "=" +
              std::to_string(vectors_.dimension()) + ")");
}

void TokenVectors::fill(TokenRows table, const Vocabulary& vocabulary, Log& log) const {
  const auto [words, by_subwords] = copy_rows(vectors_, vocabulary, table);
  if (words + by_subwords == 0)
    throw Error("model.embedding.from: " + options_.from + " has none of the " + std::to_string(vocabulary.size()) +
                " tokens (is the tokenizer one of words, in the same case?)");
  log.info("embedding: {} of {} tokens found in {}{}, the others start at random; {}", words + by_subwords,
           vocabulary.size(), options_.from,
           by_subwords > 0 ? fmt::format(" ({} of them by sub-words)", by_subwords) : "",
           options_.freeze ? "none is trained" : "all are trained further");
}

}  // namespace seq

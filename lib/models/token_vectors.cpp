// Tokens looked up among words.
// V = vocabulary, E = embedding
#include "models/token_vectors.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <utility>
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

FoundTokens copy_rows(const vectors::WordVectors& vectors, const Vocabulary& vocabulary, at::Tensor table) {
  const at::NoGradGuard no_gradients;
  FoundTokens found;
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    const bool is_word = vectors.words().find(token).has_value();
    if (!is_word && vocabulary.is_special(id)) continue;
    std::vector<float> vector = vectors.find(token);
    if (vector.empty()) continue;
    ++(is_word ? found.words : found.by_subwords);
    table[id].copy_(at::from_blob(vector.data(), {vectors.dimension()}, at::kFloat));
  }
  return found;
}

TokenVectors::TokenVectors(const EmbeddingOptions& options, int64_t size) : options_(options), vectors_(load(options)) {
  if (vectors_.dimension() == size) return;
  throw Error("model.embedding.from: " + options.from + " has vectors of " + std::to_string(vectors_.dimension()) +
              " numbers, the model's are of " + std::to_string(size) +
              " (set model.embedding_size=" + std::to_string(vectors_.dimension()) + ")");
}

void TokenVectors::fill(at::Tensor table, const Vocabulary& vocabulary, Log& log) const {
  const auto [words, by_subwords] = copy_rows(vectors_, vocabulary, std::move(table));
  if (words + by_subwords == 0)
    throw Error("model.embedding.from: " + options_.from + " has none of the " + std::to_string(vocabulary.size()) +
                " tokens (is the tokenizer one of words, in the same case?)");
  log.info("embedding: {} of {} tokens found in {}{}, the others start at random; {}", words + by_subwords,
           vocabulary.size(), options_.from,
           by_subwords > 0 ? fmt::format(" ({} of them by sub-words)", by_subwords) : "",
           options_.freeze ? "the table is not trained" : "all are trained further");
}

}  // namespace seq

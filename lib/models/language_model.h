// The verbs of every language model: whatever predicts the next token of a text from those before it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "decode/stepper.h"
#include "models/setup.h"
#include "models/token_vectors.h"
#include "models/verbs.h"
#include "train/model.h"

namespace seq {

/// A model of text with a way to run it token by token.
class LanguageModel : public train::Model {
 public:
  /// A stepper on the weights as they are now. `fast` asks for a fused one where there is one.
  virtual std::unique_ptr<decode::Stepper> stepper(bool fast) = 0;
  /// The table of token vectors [V, E] that `model.embedding` is for; undefined where there is none.
  virtual at::Tensor token_vectors() { return {}; }
};

/// Makes a network with fresh weights for a vocabulary, from the default generator.
using MakeLanguageModel = std::function<std::unique_ptr<LanguageModel>(const Config&, int64_t vocabulary_size)>;

/// The vectors that a config's `model.embedding.from` names; nothing where it names none. Throws Error when they do not
/// fit the model.
using ReadTokenVectors = std::function<std::optional<TokenVectors>(const Config&)>;

/// For models whose options have `embedding` and `token_vector_size()`.
template <class Options>
std::optional<TokenVectors> read_token_vectors(const Config& config) {
  const auto options = model_options<Options>(config);
  if (options.embedding.from.empty()) return {};
  return TokenVectors(options.embedding, options.token_vector_size(), "embedding_size");
}

/// train, eval, sample and score on windows of token files. `read_vectors` is for models with token_vectors().
ModelVerbs language_model_verbs(MakeLanguageModel make, ReadTokenVectors read_vectors = {});

}  // namespace seq

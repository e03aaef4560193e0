// The verbs of every language model: whatever predicts the next token of a text from those before it.
#pragma once

#include <functional>
#include <memory>

#include "decode/stepper.h"
#include "models/verbs.h"
#include "train/model.h"

namespace seq {

/// A model of text with a way to run it token by token.
class LanguageModel : public train::Model {
 public:
  /// A stepper on the weights as they are now. `fast` asks for a fused one where there is one.
  virtual std::unique_ptr<decode::Stepper> stepper(bool fast) = 0;
};

/// Makes a network with fresh weights for a vocabulary, from the default generator.
using MakeLanguageModel = std::function<std::unique_ptr<LanguageModel>(const Config&, int64_t vocabulary_size)>;

/// train, eval, sample and score on windows of token files.
ModelVerbs language_model_verbs(MakeLanguageModel make);

}  // namespace seq

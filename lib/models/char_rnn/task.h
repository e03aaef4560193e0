// The character RNN as a type of model.
#pragma once

#include <memory>

#include "models/language_model.h"

namespace seq {

/// The network with its loss and its steppers; fresh weights from the default generator.
std::unique_ptr<LanguageModel> make_char_rnn(const Config& config, int64_t vocabulary_size);

ModelVerbs char_rnn_verbs();

}  // namespace seq

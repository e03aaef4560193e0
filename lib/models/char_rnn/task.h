// The character RNN as a type of model.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs char_rnn_verbs();

}  // namespace seq

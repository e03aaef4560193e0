// The scalar linear RNN as a type of model.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs scalar_rnn_verbs();

}  // namespace seq

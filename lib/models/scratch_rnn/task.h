// The from-scratch RNN as a type of model.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs scratch_rnn_verbs();

}  // namespace seq

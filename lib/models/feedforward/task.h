// The feed-forward network as a type of model.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs feedforward_verbs();

}  // namespace seq

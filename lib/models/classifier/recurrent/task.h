// train, eval and predict of the encoders that need LibTorch.
#pragma once

#include "models/classifier/task.h"

namespace seq::classifier {

TensorVerbs recurrent_verbs();

}  // namespace seq::classifier

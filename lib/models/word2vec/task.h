// What the verbs do with a word2vec run.
#pragma once

#include "models/verbs.h"
#include "models/word2vec/updates.h"

namespace seq {

/// `tensors` is for configs that ask for tensor operations; without it they need the other program.
ModelVerbs word2vec_verbs(const word2vec::MakeUpdates& tensors = {});

}  // namespace seq

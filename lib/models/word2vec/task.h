// What the verbs do with a word2vec run.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs word2vec_verbs();

}  // namespace seq

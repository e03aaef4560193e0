// The counted n-gram model as a type of model.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs ngram_verbs();

}  // namespace seq

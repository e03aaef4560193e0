// The verbs of classifiers.
#pragma once

#include "models/verbs.h"

namespace seq {

ModelVerbs classifier_verbs();

}  // namespace seq

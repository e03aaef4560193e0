// The models that need no LibTorch, which both programs hold.
#pragma once

#include "models/verbs.h"

namespace seq {

/// The verbs of a type of model, nothing for a type that needs LibTorch or is not in models.def.
const ModelVerbs* find_torch_free_verbs(const std::string& type);

}  // namespace seq

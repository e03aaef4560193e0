// The models that are trained through LibTorch: how each is made, and the verbs that follow from it.
#pragma once

#include <memory>

#include "decode/stepper.h"
#include "models/verbs.h"
#include "train/model.h"

namespace seq {

/// The verbs of a type of model, nothing for a type that is not in models.def.
const ModelVerbs* find_torch_verbs(const std::string& type);

}  // namespace seq

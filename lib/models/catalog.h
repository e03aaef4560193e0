// All types of model with their options; free of LibTorch, so that `seqtool` can check configs by itself.
#pragma once

#include "config/config.h"

namespace seq {

const Catalog& catalog();

}  // namespace seq

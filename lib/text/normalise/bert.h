// BERT's normaliser.
#pragma once

#include <memory>
#include <optional>

#include "text/normalise/normaliser.h"

namespace seq {

/// As in Devlin et al. 2019, tokenization.py: control characters out, spaces around Chinese characters, accents off
/// (none given: where `lower` is set), lower case.
std::unique_ptr<Normaliser> bert_normaliser(bool clean, bool chinese, std::optional<bool> accents, bool lower);

}  // namespace seq

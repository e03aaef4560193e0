// The normalisation forms of Unicode, with origins.
#pragma once

#include "text/normalise/aligned_text.h"

namespace seq {

enum class Form { nfc, nfd, nfkc, nfkd };

/// Normalises a text. A composed character has the origin of its first part, what a character falls into its origin.
void normalise_form(AlignedText& text, Form form);

}  // namespace seq

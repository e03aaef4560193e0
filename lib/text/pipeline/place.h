// How a text is to be taken.
#pragma once

namespace seq {

/// Whether a text is a whole one, or what follows a cut or a token found in the text (Metaspace's `first` asks).
enum class Place { start, inside };

/// Whether the spelling of a special token in a text is that token (as HF tokenizers has it) or text like any other.
enum class SpecialText { token, text };

}  // namespace seq

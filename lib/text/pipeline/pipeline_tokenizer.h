// The tokenizer in four steps: added tokens found in the text, normaliser and pre-tokenizer, model, decoder.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text/pipeline/added_tokens.h"
#include "text/pipeline/decoder.h"
#include "text/pipeline/framing.h"
#include "text/pipeline/front.h"
#include "text/subword/model.h"
#include "text/tokenizer.h"

namespace seq {

/// The parts of a pipeline.
struct Pipeline {
  std::string type;  ///< word, bpe, byte_bpe, wordpiece, unigram
  Front front;
  std::unique_ptr<SubwordModel> model;
  std::unique_ptr<Decoder> decoder;  ///< none: tokens between spaces
  std::vector<AddedToken> added;     ///< with ids of `model` or behind them
  Framing framing;                   ///< templates, truncation, padding
};

}  // namespace seq

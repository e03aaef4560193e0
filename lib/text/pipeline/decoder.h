// The last step of a tokenizer: from tokens back to text.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"

namespace seq {

/// Rewrites a list of tokens; the text is what is left, put together. Immutable, hence shared between threads.
class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual void apply(std::vector<std::string>& tokens) const = 0;
  /// As the section `decoder` of tokenizer.json.
  virtual Json to_json() const = 0;
};

/// Reads the section `decoder` of tokenizer.json; none for null. Throws Error(`<place>: …`) for what we lack.
std::unique_ptr<Decoder> decoder_from_json(const Json& json, const std::string& place);

}  // namespace seq

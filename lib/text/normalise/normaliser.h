// The first step of a tokenizer: what is the same to it is made the same. By ICU, with a path for ASCII.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/normalise/aligned_text.h"
#include "text/pipeline/locality.h"

namespace seq {

/// Rewrites a text. Immutable, hence shared between threads.
class Normaliser {
 public:
  virtual ~Normaliser() = default;
  virtual void apply(AlignedText& text) const = 0;
  /// As the section `normalizer` of tokenizer.json.
  virtual Json to_json() const = 0;
  /// Takes away the cuts over which this step would see too little. By default none: it works on single characters,
  /// or on such sequences as no white space begins or stands in.
  virtual void restrict(Locality&) const {}
};

/// Reads the section `normalizer` of tokenizer.json; none for null. Throws Error(`<place>: …`) for what we lack.
std::unique_ptr<Normaliser> normaliser_from_json(const Json& json, const std::string& place);

/// The section `normalizer` that stands for names of a config: nfc, nfd, nfkc, nfkd, lowercase, casefold,
/// strip_accents, collapse, strip, bert, basic_english (torchtext's rules), and `FROM=TO`, which replaces one text by
/// another. Null when there are none. Throws Error for another name.
Json normaliser_json(const std::vector<std::string>& names);

}  // namespace seq

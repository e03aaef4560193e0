// The second step of a tokenizer: a text is cut into words, which the model then cuts into tokens one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/normalise/aligned_text.h"
#include "text/pipeline/locality.h"

namespace seq {

/// A text and its words in their order; what lies between them is lost.
struct Words {
  AlignedText text;
  std::vector<Range> ranges;  ///< in `text`, none of them empty

  std::string_view word(Range range) const {
    return std::string_view(text.text).substr(range.begin, range.end - range.begin);
  }
};

/// Cuts words further, and may rewrite them. Immutable, hence shared between threads.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void apply(Words& words) const = 0;
  /// As the section `pre_tokenizer` of tokenizer.json.
  virtual Json to_json() const = 0;
  /// Adds the cuts which this step makes sure of, and takes away those that it forbids.
  virtual void restrict(Locality& locality) const = 0;
};

/// Reads the section `pre_tokenizer` of tokenizer.json; none for null. Throws Error(`<place>: …`) for what we lack.
std::unique_ptr<PreTokenizer> pre_tokenizer_from_json(const Json& json, const std::string& place);

/// The section `pre_tokenizer` that stands for names of a config: none, whitespace, whitespace_split, basic_english,
/// uax29, punctuation, digits, bert, gpt2, metaspace, cjk. Null when there are none.
Json pre_tokenizer_json(const std::vector<std::string>& names);

}  // namespace seq

// Normaliser and pre-tokenizer together: from a text to the words that a model is trained on and encodes.
//
//   Front front(normaliser_from_json(…), pre_tokenizer_from_json(…));
//   Words words;
//   front.split("Hello, world", words);
//   for (Range range : words.ranges) use(words.word(range));
//
// Counting words of a large text: cut it by `locality()` into chunks, count the distinct ones, and split each once;
// the words are the same. A chunk after a cut is split as Place::inside.
#pragma once

#include <memory>
#include <string_view>

#include "text/normalise/normaliser.h"
#include "text/pipeline/place.h"
#include "text/pre_tokenise/pre_tokenizer.h"

namespace seq {

class Front {
 public:
  Front() = default;
  Front(std::unique_ptr<Normaliser> normaliser, std::unique_ptr<PreTokenizer> pre_tokenizer);
  /// From the sections `normalizer` and `pre_tokenizer`, either of which may be null. `name` opens error messages.
  static Front from_json(const Json& normaliser, const Json& pre_tokenizer, const std::string& name);

  /// Replaces `words` by those of a text in valid UTF-8, whose first byte is `start` in the original.
  void split(std::string_view text, Words& words, Place place = Place::start, Tracking tracking = Tracking::off,
             uint32_t start = 0) const;
  const Locality& locality() const { return locality_; }
  const Normaliser* normaliser() const { return normaliser_.get(); }
  const PreTokenizer* pre_tokenizer() const { return pre_tokenizer_.get(); }

 private:
  std::unique_ptr<Normaliser> normaliser_;
  std::unique_ptr<PreTokenizer> pre_tokenizer_;
  Locality locality_;
};

}  // namespace seq

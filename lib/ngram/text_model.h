// What gives the words of a text their probabilities: a counted model, or a mixture of several.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ngram/model.h"

namespace seq::ngram {

/// A word of a text by its hash; `context` is how many words before it belong to its sentence, `<s>` among them.
struct TextToken {
  uint64_t hash;
  uint32_t context;
};

struct TextScore {
  double log10;
  int32_t order;  ///< words of the longest n-gram that was found; of a mixture the longest of all
  bool unknown;
};

class TextModel {
 public:
  virtual ~TextModel() = default;
  /// log10 P of each word of some sentences.
  virtual void score(std::span<const TextToken> tokens, std::span<TextScore> scores) const = 0;

  /// Words of the longest n-grams.
  virtual int order() const = 0;
  virtual size_t vocabulary_size() const = 0;
  virtual std::string_view word(size_t id) const = 0;
  /// log10 P of every word of the vocabulary after some words of a sentence, `<s>` among them where it begins.
  virtual void predict(std::span<const uint64_t> history, std::vector<double>& log10) const = 0;

  /// The counted model that this is; nothing for a mixture.
  virtual const Model* counted() const { return nullptr; }
};

/// The words before a token that a model of some order looks at.
std::vector<uint64_t> history_of(std::span<const TextToken> tokens, size_t at, int order);

/// A binary model, ARPA (which is kept in memory in a layout), or the JSON file of a mixture (see mixture.h). Throws
/// Error naming the file.
std::unique_ptr<TextModel> load_text_model(const fs::path& path, Layout in_memory = Layout::hashed);
std::unique_ptr<TextModel> make_text_model(std::unique_ptr<Model> model);

}  // namespace seq::ngram

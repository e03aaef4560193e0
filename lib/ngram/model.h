// A counted n-gram model for use: words to log-probabilities.
//
//   auto model = load_model("model.bin");           // or model.arpa, model.arpa.gz
//   State state = model->begin_state();
//   for (std::string_view word : {"to", "be"}) {
//     State next;
//     Score score = model->score(state, model->find(word), next);  // log10 P(word | words before it)
//     state = next;
//   }
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "ngram/binary_image.h"

namespace seq::ngram {

/// The words read so far, as far back as the model knows n-grams that they end. Cheap to copy.
struct State {
  int length = 0;
  std::array<WordId, kMaxOrder - 1> words;    ///< the last word first
  std::array<float, kMaxOrder - 1> backoffs;  ///< at n - 1: of the n-gram that the last n words are

  bool operator==(const State& other) const {
    return length == other.length && std::equal(words.begin(), words.begin() + length, other.words.begin());
  }
};

struct Score {
  float log10;
  int32_t order;  ///< words of the longest n-gram that was found
};

/// A word to score in its text: `context` is how many words before it may be looked at.
struct Token {
  WordId word;
  uint32_t context;
};

/// Safe from several threads.
class Model {
 public:
  explicit Model(BinaryImage image) : image_(std::move(image)) {}
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  int order() const { return static_cast<int>(image_.header().order); }
  WordId vocabulary_size() const { return static_cast<WordId>(image_.header().vocabulary_size); }
  /// kUnknownWord for a word that the vocabulary lacks.
  WordId find(std::string_view word) const { return image_.find(word); }
  std::string_view word(WordId id) const { return image_.word(id); }
  const BinaryImage& image() const { return image_; }

  /// log10 P(word | state), and the state after the word.
  /// P(w | h) = P(h w) when the model has h w, else backoff(h) P(w | h without its first word)  (Katz 1987).
  virtual Score score(const State& state, WordId word, State& next) const = 0;
  /// The same for many words at once, several times as fast: memory is read for many of them at a time.
  /// Words before the first are not looked at, whatever its context says.
  virtual void score(std::span<const Token> tokens, std::span<Score> scores) const = 0;
  /// log10 P of every word of the vocabulary after a state.
  virtual void score_all(const State& state, std::vector<float>& log10) const = 0;

  /// The state at the start of a text.
  State empty_state() const { return {}; }
  /// The state after `<s>`.
  State begin_state() const;

 protected:
  const BinaryImage image_;
};

std::unique_ptr<Model> make_model(BinaryImage image);

/// Maps a binary model, or reads ARPA, plain or compressed, into memory in a layout. Throws Error naming the file.
std::unique_ptr<Model> load_model(const fs::path& path, Layout in_memory = Layout::hashed);

}  // namespace seq::ngram

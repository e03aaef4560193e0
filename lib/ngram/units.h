// What a model counts: words between white space, characters, or the tokens of a tokenizer; a line into them and back.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ngram/estimate_options.h"
#include "text/tokenizer.h"

namespace seq::ngram {

/// NUL, tab, line feed, carriage return and space part words; all else is part of one.
inline constexpr std::array<bool, 256> kSpace = [] {
  std::array<bool, 256> space{};
  for (const char c : {'\0', '\t', '\n', '\r', ' '}) space[static_cast<unsigned char>(c)] = true;
  return space;
}();

/// Lines to words of a model and back.
class Units {
 public:
  /// Loads the tokenizer that the options name. Throws Error.
  explicit Units(const WordOptions& options);
  /// True when words are what stands between white space.
  bool are_words() const { return !characters_ && tokenizer_ == nullptr; }
  /// Characters and tokens are spelt as shown_token() does, `▁` for a space. Throws Error when the line is not UTF-8 or
  /// has a character that the tokenizer lacks.
  void split(std::string_view line, std::vector<std::string>& words) const;
  /// Appends a word to a text that holds some already, or not.
  void append(std::string_view word, std::string& text) const;

 private:
  bool characters_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::unordered_map<std::string, int32_t> tokens_;  ///< ids by the shown form
};

}  // namespace seq::ngram

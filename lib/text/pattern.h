// What steps of a tokenizer look for: a text as it stands, or a regular expression.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "text/regex.h"

namespace seq {

/// `{"String": …}` or `{"Regex": …}` in tokenizer.json. Immutable, hence shared between threads.
class Pattern {
 public:
  /// Reads the key `pattern` of the step at `place`. Throws Error(`<place>.pattern: …`).
  static Pattern from_json(const Json& step, const std::string& place);
  Json to_json() const { return {{is_regex() ? "Regex" : "String", text_}}; }
  bool is_regex() const { return regex_ != nullptr; }
  const std::string& text() const { return text_; }

  /// Calls `use(begin, end)` with each match that is not empty, in bytes, from left to right.
  template <class Use>
  void find_all(std::string_view text, const Use& use) const {
    if (is_regex()) return regex_->find_all(text, use);
    if (text_.empty()) return;
    for (size_t at = 0; (at = text.find(text_, at)) != std::string_view::npos; at += text_.size())
      use(at, at + text_.size());
  }

 private:
  std::string text_;
  std::unique_ptr<Regex> regex_;  ///< none for a text
};

}  // namespace seq

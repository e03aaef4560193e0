// Regular expressions over UTF-8 by ICU, in the dialect of tokenizer.json.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace seq {

/// A compiled expression. Immutable, hence shared between threads. As in Oniguruma's Ruby syntax, which HF tokenizers
/// uses, `^` and `$` are the ends of lines and `\s` is all white space of Unicode. Of the two dialects' differences
/// `\h` and `\H` are refused.
class Regex {
 public:
  /// Throws Error(`<place>: …`) when ICU does not take the expression.
  Regex(const std::string& pattern, const std::string& place);
  ~Regex();
  /// Calls `use` with each match that is not empty, in bytes, from left to right. Throws Error when the text needs
  /// more than 256 MB for going back in it.
  void find_all(std::string_view text, const std::function<void(size_t begin, size_t end)>& use) const;
  const std::string& pattern() const { return pattern_; }

 private:
  struct Compiled;
  std::string pattern_;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace seq

// ICU's regular expressions over UTF-8, without conversion.
#include "text/regex.h"

#include <unicode/uregex.h>
#include <unicode/utext.h>

#include "base/error.h"

namespace seq {
namespace {

/// Oniguruma's `\w`: of the numbers that are no digits it has those of Latin-1, outside of sets.
constexpr const char* kWordCharacters = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";
constexpr const char* kLatinNumbers = "\\u00B2\\u00B3\\u00B9\\u00BC-\\u00BE";

constexpr int32_t kStackLimit = 256 << 20;

/// `\s` and `\w` differ in the two dialects; as properties and sets they hold inside of sets too.
std::string in_dialect(const std::string& pattern, const std::string& place) {
  std::string out;
  int depth = 0;  // of sets
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '[') ++depth;
    if (pattern[i] == ']' && depth > 0) --depth;
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    const char next = pattern[++i];
    if (next == 'h' || next == 'H')
      throw Error(place + ": \\" + next + " means different things in different dialects (write the characters)");
    if (next == 's' || next == 'S') {
      out += next == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
    } else if (next == 'w' || next == 'W') {
      out += std::string(next == 'w' ? "[" : "[^") + kWordCharacters + (depth > 0 ? "" : kLatinNumbers) + "]";
    } else {
      out += '\\';
      out += next;
    }
  }
  return out;
}

struct Text {
  UText text = UTEXT_INITIALIZER;
  ~Text() { utext_close(&text); }
};

struct Expression {
  URegularExpression* handle;
  ~Expression() { uregex_close(handle); }
};

}  // namespace

struct Regex::Compiled {
  URegularExpression* handle = nullptr;
  ~Compiled() { uregex_close(handle); }
};

Regex::Regex(const std::string& pattern, const std::string& place)
    : pattern_(pattern), compiled_(std::make_unique<Compiled>()) {
  const std::string dialect = in_dialect(pattern, place);
  Text source;
  UErrorCode failed = U_ZERO_ERROR;
  UParseError where{};
  utext_openUTF8(&source.text, dialect.data(), static_cast<int64_t>(dialect.size()), &failed);
  compiled_->handle = uregex_openUText(&source.text, UREGEX_MULTILINE | UREGEX_UNIX_LINES, &where, &failed);
  if (U_FAILURE(failed))
    throw Error(place + ": not a regular expression that ICU knows (" + std::string(u_errorName(failed)) +
                " at character " + std::to_string(where.offset) + ")");
}

Regex::~Regex() = default;

void Regex::find_all(std::string_view text, const std::function<void(size_t begin, size_t end)>& use) const {
  UErrorCode failed = U_ZERO_ERROR;
  const Expression expression{uregex_clone(compiled_->handle, &failed)};
  Text source;
  utext_openUTF8(&source.text, text.data(), static_cast<int64_t>(text.size()), &failed);
  uregex_setStackLimit(expression.handle, kStackLimit, &failed);
  uregex_setUText(expression.handle, &source.text, &failed);
  while (uregex_findNext(expression.handle, &failed) != 0) {
    const auto begin = static_cast<size_t>(uregex_start64(expression.handle, 0, &failed));
    const auto end = static_cast<size_t>(uregex_end64(expression.handle, 0, &failed));
    if (begin < end) use(begin, end);
  }
  if (U_FAILURE(failed))
    throw Error("the regular expression fails on the text (" + std::string(u_errorName(failed)) +
                "; shorter lines may do)");
}

}  // namespace seq

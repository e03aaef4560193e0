// Reading a pattern.
#include "text/pattern.h"

#include "base/error.h"
#include "text/tokenizer_json.h"

namespace seq {

Pattern Pattern::from_json(const Json& step, const std::string& place) {
  const Json& json = member(step, "pattern");
  const bool is_regex = !member(json, "Regex").is_null();
  const Json& text = member(json, is_regex ? "Regex" : "String");
  if (!text.is_string()) throw Error(place + ".pattern: expected {\"String\": …} or {\"Regex\": …}");
  Pattern pattern;
  pattern.text_ = text.get<std::string>();
  if (is_regex) pattern.regex_ = std::make_unique<Regex>(pattern.text_, place + ".pattern");
  return pattern;
}

}  // namespace seq

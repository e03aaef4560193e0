// Words, characters, tokens.
#include "ngram/units.h"

#include "base/error.h"
#include "text/pipe.h"

namespace seq::ngram {
namespace {

/// What shown_token() made visible, as it was.
std::string hidden_token(std::string_view shown) {
  if (shown == "▁") return " ";
  if (shown == "\\\\") return "\\";
  if (shown == "\\n") return "\n";
  if (shown == "\\t") return "\t";
  if (shown == "\\r") return "\r";
  const bool has_number = shown.size() > 5 && (shown.rfind("\\u", 0) == 0 || shown.rfind("\\U", 0) == 0);
  if (!has_number) return std::string(shown);
  std::string character;
  append_utf8(static_cast<int32_t>(std::stoul(std::string(shown.substr(2)), nullptr, 16)), character);
  return character;
}

}  // namespace

Units::Units(const WordOptions& options) : characters_(options.unit == "character") {
  if (options.tokenizer.empty()) return;
  tokenizer_ = load_tokenizer(options.tokenizer);
  const Vocabulary& vocabulary = tokenizer_->vocabulary();
  for (int32_t id = 0; id < vocabulary.size(); ++id) tokens_.emplace(shown_token(vocabulary.token(id)), id);
}

void Units::split(std::string_view line, std::vector<std::string>& words) const {
  if (are_words()) {
    for (size_t at = 0; at < line.size();) {
      while (at < line.size() && kSpace[static_cast<unsigned char>(line[at])]) ++at;
      const size_t begin = at;
      while (at < line.size() && !kSpace[static_cast<unsigned char>(line[at])]) ++at;
      if (at > begin) words.emplace_back(line.substr(begin, at - begin));
    }
    return;
  }
  if (const size_t bad = find_invalid_utf8(line); bad != std::string_view::npos)
    throw Error("byte " + std::to_string(bad) + ": not valid UTF-8");
  if (tokenizer_) {
    std::vector<int32_t> ids;
    tokenizer_->encode(line, ids);
    for (const int32_t id : ids) words.push_back(shown_token(tokenizer_->vocabulary().token(id)));
    return;
  }
  for (size_t at = 0; at < line.size();) {
    const size_t begin = at;
    next_code_point(line, at);
    words.push_back(shown_token(line.substr(begin, at - begin)));
  }
}

void Units::append(std::string_view word, std::string& text) const {
  if (are_words()) {
    if (!text.empty() && !kSpace[static_cast<unsigned char>(text.back())]) text += ' ';
    text += word;
  } else if (tokenizer_) {
    std::string token;
    if (const auto found = tokens_.find(std::string(word)); found != tokens_.end())
      tokenizer_->decode(std::span(&found->second, 1), token);
    text += token;
  } else {
    text += hidden_token(word);
  }
}

}  // namespace seq::ngram

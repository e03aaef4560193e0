// Pre-tokenizers that only cut, sequences of them, and their names in tokenizer.json and in configs.
#include "text/pre_tokenise/pre_tokenizer.h"

#include <unicode/uscript.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/pattern.h"
#include "text/pre_tokenise/rewriting.h"
#include "text/pre_tokenise/splitting.h"
#include "text/pre_tokenise/unicode_words.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"

namespace seq {
namespace {

/// Matches are single characters of some kind.
template <class Is>
auto characters(const Is& is) {
  return [is](std::string_view word, const auto& use) {
    for (size_t next = 0; next < word.size();) {
      const size_t at = next;
      if (is(take_code_point(word, next))) use(at, next);
    }
  };
}

auto of_class(uint8_t kind) {
  return characters([kind](int32_t code_point) { return (character_class(code_point) & kind) != 0; });
}

/// Matches are `\w+|[^\w\s]+`.
void find_words(std::string_view word, const auto& use) {
  size_t begin = 0;
  int last = -1;  // of white space: -1
  for (size_t next = 0; next < word.size();) {
    const size_t at = next;
    const uint8_t kind = character_class(take_code_point(word, next));
    const int now = (kind & kWordCharacter) != 0 ? 1 : (kind & kWhiteSpace) != 0 ? -1 : 0;
    if (now == last) continue;
    if (last >= 0) use(begin, at);
    begin = at;
    last = now;
  }
  if (last >= 0) use(begin, word.size());
}

class Whitespace : public PreTokenizer {
 public:
  void apply(Words& words) const override {
    split_words(words, SplitBehaviour::removed, true,
                [](std::string_view word, const auto& use) { find_words(word, use); });
  }
  Json to_json() const override { return {{"type", "Whitespace"}}; }
  void restrict(Locality& locality) const override { locality.cut_at_white_space(); }
};

class WhitespaceSplit : public PreTokenizer {
 public:
  void apply(Words& words) const override { split_words(words, SplitBehaviour::removed, false, of_class(kWhiteSpace)); }
  Json to_json() const override { return {{"type", "WhitespaceSplit"}}; }
  void restrict(Locality& locality) const override { locality.cut_at_white_space(); }
};

class BertWords : public PreTokenizer {
 public:
  void apply(Words& words) const override {
    split_words(words, SplitBehaviour::removed, false, of_class(kWhiteSpace));
    split_words(words, SplitBehaviour::isolated, false, of_class(kPunctuation));
  }
  Json to_json() const override { return {{"type", "BertPreTokenizer"}}; }
  void restrict(Locality& locality) const override { locality.cut_at_white_space(); }
};

class Punctuation : public PreTokenizer {
 public:
  explicit Punctuation(SplitBehaviour behaviour) : behaviour_(behaviour) {}
  void apply(Words& words) const override { split_words(words, behaviour_, false, of_class(kPunctuation)); }
  Json to_json() const override { return {{"type", "Punctuation"}, {"behavior", split_behaviour_name(behaviour_)}}; }
  void restrict(Locality&) const override {}

 private:
  SplitBehaviour behaviour_;
};

class Digits : public PreTokenizer {
 public:
  explicit Digits(bool individual) : individual_(individual) {}
  void apply(Words& words) const override {
    split_words(words, individual_ ? SplitBehaviour::isolated : SplitBehaviour::contiguous, false, of_class(kNumber));
  }
  Json to_json() const override { return {{"type", "Digits"}, {"individual_digits", individual_}}; }
  void restrict(Locality&) const override {}

 private:
  bool individual_;
};

class DelimiterSplit : public PreTokenizer {
 public:
  explicit DelimiterSplit(std::string delimiter) : delimiter_(std::move(delimiter)) {}
  void apply(Words& words) const override {
    split_words(words, SplitBehaviour::removed, false, [&](std::string_view word, const auto& use) {
      for (size_t at = 0; (at = word.find(delimiter_, at)) != std::string_view::npos; at += delimiter_.size())
        use(at, at + delimiter_.size());
    });
  }
  Json to_json() const override { return {{"type", "CharDelimiterSplit"}, {"delimiter", delimiter_}}; }
  void restrict(Locality& locality) const override {
    if (delimiter_ == " ") locality.before_space = true;
  }

 private:
  std::string delimiter_;
};

/// Han, Hiragana and Katakana.
constexpr const char* kCjkPattern = "[\\p{Han}\\p{Hiragana}\\p{Katakana}]";

bool is_cjk(int32_t code_point) {
  if (code_point < 0x2E80) return false;
  UErrorCode ignored = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(code_point, &ignored);
  return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA;
}

/// Expressions of well-known models of which it is known that no match goes from a character that is no white space
/// on to a space (GPT-4's and Llama 3's, Qwen 2's, GPT-2's own).
constexpr const char* kCutBeforeSpaces[] = {
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|"
    "\\s+(?!\\S)|\\s+",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
    "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
    "\\s+(?!\\S)|\\s+",
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"};

class Split : public PreTokenizer {
 public:
  Split(Pattern pattern, SplitBehaviour behaviour, bool invert)
      : pattern_(std::move(pattern)), behaviour_(behaviour), invert_(invert) {}
  void apply(Words& words) const override {
    if (pattern_.text().empty()) return;
    if (cuts_cjk()) return split_words(words, behaviour_, invert_, characters(is_cjk));
    split_words(words, behaviour_, invert_,
                [&](std::string_view word, const auto& use) { pattern_.find_all(word, use); });
  }
  Json to_json() const override {
    return {{"type", "Split"},
            {"pattern", pattern_.to_json()},
            {"behavior", split_behaviour_name(behaviour_)},
            {"invert", invert_}};
  }
  void restrict(Locality& locality) const override {
    if (locality.before_space || cuts_cjk()) return;
    const bool known = std::find(std::begin(kCutBeforeSpaces), std::end(kCutBeforeSpaces), pattern_.text()) !=
                       std::end(kCutBeforeSpaces);
    const bool keeps_all = behaviour_ == SplitBehaviour::isolated || (behaviour_ == SplitBehaviour::removed && invert_);
    if (!pattern_.is_regex() || !known || !keeps_all) return locality.forbid();
    locality.before_space = true;
    locality.runs_matter = true;
  }

 private:
  bool cuts_cjk() const { return pattern_.is_regex() && pattern_.text() == kCjkPattern; }

  Pattern pattern_;
  SplitBehaviour behaviour_;
  bool invert_;
};

class PreTokenizerSequence : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<std::unique_ptr<PreTokenizer>> steps) : steps_(std::move(steps)) {}
  void apply(Words& words) const override {
    for (const auto& step : steps_) step->apply(words);
  }
  Json to_json() const override {
    Json list = Json::array();
    for (const auto& step : steps_) list.push_back(step->to_json());
    return {{"type", "Sequence"}, {"pretokenizers", list}};
  }
  void restrict(Locality& locality) const override {
    for (const auto& step : steps_)
      if (!locality.forbidden) step->restrict(locality);
  }

 private:
  std::vector<std::unique_ptr<PreTokenizer>> steps_;
};

std::unique_ptr<PreTokenizer> read_split(const Json& json, const std::string& place) {
  Pattern pattern = Pattern::from_json(json, place);
  if (member(json, "behavior").is_null()) throw Error(place + ".behavior: missing");
  return std::make_unique<Split>(std::move(pattern), split_behaviour(json, SplitBehaviour::isolated, place),
                                 read_flag(json, "invert", false, place));
}

}  // namespace

std::unique_ptr<PreTokenizer> pre_tokenizer_from_json(const Json& json, const std::string& place) {
  if (json.is_null()) return nullptr;
  const std::string type = require_text(json, "type", place);
  if (type == "Whitespace") return std::make_unique<Whitespace>();
  if (type == "WhitespaceSplit") return std::make_unique<WhitespaceSplit>();
  if (type == "BertPreTokenizer") return std::make_unique<BertWords>();
  if (type == "UnicodeWords") return unicode_words();
  if (type == "Split") return read_split(json, place);
  if (type == "Metaspace") return std::make_unique<Metaspace>(Metaspace::from_json(json, place));
  if (type == "Punctuation")
    return std::make_unique<Punctuation>(split_behaviour(json, SplitBehaviour::isolated, place));
  if (type == "Digits") return std::make_unique<Digits>(read_flag(json, "individual_digits", false, place));
  if (type == "CharDelimiterSplit") {
    const std::string delimiter = require_text(json, "delimiter", place);
    if (delimiter.empty()) throw Error(place + ".delimiter: not one character");
    return std::make_unique<DelimiterSplit>(delimiter);
  }
  if (type == "ByteLevel")
    return std::make_unique<ByteLevel>(read_flag(json, "add_prefix_space", true, place),
                                       read_flag(json, "trim_offsets", true, place),
                                       read_flag(json, "use_regex", true, place));
  if (type == "Sequence") {
    const Json& list = member(json, "pretokenizers");
    if (!list.is_array()) throw Error(place + ".pretokenizers: not a list");
    std::vector<std::unique_ptr<PreTokenizer>> steps;
    for (size_t i = 0; i < list.size(); ++i)
      if (auto step = pre_tokenizer_from_json(list[i], place + ".pretokenizers[" + std::to_string(i) + "]"))
        steps.push_back(std::move(step));
    return std::make_unique<PreTokenizerSequence>(std::move(steps));
  }
  throw Error(place + ".type: " + type + " is not supported");
}

Json pre_tokenizer_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) {
    if (name == "whitespace")
      list.push_back({{"type", "Whitespace"}});
    else if (name == "whitespace_split" || name == "basic_english")
      list.push_back({{"type", "WhitespaceSplit"}});
    else if (name == "uax29")
      list.push_back({{"type", "UnicodeWords"}});
    else if (name == "punctuation")
      list.push_back(Punctuation(SplitBehaviour::isolated).to_json());
    else if (name == "digits")
      list.push_back(Digits(true).to_json());
    else if (name == "bert")
      list.push_back({{"type", "BertPreTokenizer"}});
    else if (name == "gpt2")
      list.push_back(ByteLevel(false, true, true).to_json());
    else if (name == "bytes")
      list.push_back(ByteLevel(false, true, false).to_json());
    else if (name == "metaspace")
      list.push_back(Metaspace(0x2581, Metaspace::Prepend::always, true).to_json());
    else if (name == "cjk")
      list.push_back(
          {{"type", "Split"}, {"pattern", {{"Regex", kCjkPattern}}}, {"behavior", "Isolated"}, {"invert", false}});
    else if (name != "none")
      throw Error("tokenizer.pre_tokenizer: \"" + name + "\" is unknown");
  }
  if (list.empty()) return nullptr;
  if (list.size() == 1) return list[0];
  return {{"type", "Sequence"}, {"pretokenizers", list}};
}

}  // namespace seq

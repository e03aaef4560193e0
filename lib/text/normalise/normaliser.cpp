// The steps of normalisation, and their names in tokenizer.json and in configs.
#include "text/normalise/normaliser.h"

#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "text/normalise/forms.h"
#include "text/regex.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace seq {
namespace {

bool ends_in_white_space(std::string_view text) {
  return !text.empty() && (character_class(code_point_before(text, text.size())) & kWhiteSpace) != 0;
}

/// Calls `use(code point, bytes)` for each character; it goes on with the rewrite.
template <class Use>
void for_each_character(AlignedText& text, const Use& use) {
  Rewrite rewrite(text);
  for (size_t next = 0; next < text.text.size();) {
    const size_t at = next;
    const int32_t code_point = take_code_point(text.text, next);
    use(rewrite, code_point, next - at);
  }
  rewrite.finish();
}

template <class Drop>
void drop_characters(AlignedText& text, const Drop& drop) {
  for_each_character(text, [&](Rewrite& rewrite, int32_t code_point, size_t bytes) {
    if (drop(code_point)) {
      rewrite.drop(bytes);
    } else {
      rewrite.keep(bytes);
    }
  });
}

void lower_case(AlignedText& text) {
  if (is_ascii(text.text)) {
    for (char& c : text.text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return;
  }
  for_each_character(text, [](Rewrite& rewrite, int32_t code_point, size_t bytes) {
    // U+0130 is the one character whose lower case, by itself, is two.
    const int32_t lower = code_point == 0x130 ? 'i' : u_tolower(code_point);
    if (lower == code_point) {
      rewrite.keep(bytes);
    } else {
      rewrite.replace(lower, bytes);
    }
    if (code_point == 0x130) rewrite.insert("\u0307");
  });
}

/// Full case folding: `ß` becomes `ss`.
void fold_case(AlignedText& text) {
  if (is_ascii(text.text)) return lower_case(text);
  for_each_character(text, [](Rewrite& rewrite, int32_t code_point, size_t bytes) {
    UChar source[2], folded[8];
    int32_t length = 0;
    U16_APPEND_UNSAFE(source, length, code_point);
    UErrorCode status = U_ZERO_ERROR;
    const int32_t size = u_strFoldCase(folded, 8, source, length, U_FOLD_CASE_DEFAULT, &status);
    for (int32_t i = 0; i < size;) {
      const bool first = i == 0;
      int32_t next = 0;
      U16_NEXT(folded, i, size, next);
      if (first) {
        rewrite.replace(next, bytes);
      } else {
        std::string more;
        append_utf8(next, more);
        rewrite.insert(more);
      }
    }
  });
}

/// A step without settings: what it is called and what it does.
struct PlainStep {
  const char* type;
  void (*apply)(AlignedText&);
};

bool is_mark(int32_t code_point) {
  return (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0;
}

void strip_accents(AlignedText& text) {
  if (!is_ascii(text.text)) drop_characters(text, is_mark);
}

/// SentencePiece's clean-up: control characters out, odd white space to spaces.
void clean_nmt(AlignedText& text) {
  drop_characters(text, [](int32_t c) {
    return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  });
  for_each_character(text, [](Rewrite& rewrite, int32_t c, size_t bytes) {
    const bool space = c == 9 || c == 10 || c == 12 || c == 13 || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                       c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    if (space) {
      rewrite.replace(' ', bytes);
    } else {
      rewrite.keep(bytes);
    }
  });
}

constexpr PlainStep kPlainSteps[] = {{"NFC", [](AlignedText& text) { normalise_form(text, Form::nfc); }},
                                     {"NFD", [](AlignedText& text) { normalise_form(text, Form::nfd); }},
                                     {"NFKC", [](AlignedText& text) { normalise_form(text, Form::nfkc); }},
                                     {"NFKD", [](AlignedText& text) { normalise_form(text, Form::nfkd); }},
                                     {"Lowercase", lower_case},
                                     {"CaseFold", fold_case},
                                     {"StripAccents", strip_accents},
                                     {"Nmt", clean_nmt}};

class Plain : public Normaliser {
 public:
  explicit Plain(const PlainStep& step) : step_(step) {}
  void apply(AlignedText& text) const override { step_.apply(text); }
  Json to_json() const override { return {{"type", step_.type}}; }

 private:
  const PlainStep& step_;
};

class Strip : public Normaliser {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void apply(AlignedText& text) const override {
    size_t begin = 0, end = text.text.size();
    while (right_ && end > 0 && ends_in_white_space(std::string_view(text.text).substr(0, end))) {
      --end;
      while ((static_cast<unsigned char>(text.text[end]) & 0xC0) == 0x80) --end;
    }
    while (left_ && begin < end) {
      size_t next = begin;
      if ((character_class(take_code_point(text.text, next)) & kWhiteSpace) == 0) break;
      begin = next;
    }
    Rewrite rewrite(text);
    rewrite.drop(begin);
    rewrite.keep(end - begin);
    rewrite.drop(text.text.size() - end);
    rewrite.finish();
  }
  Json to_json() const override { return {{"type", "Strip"}, {"strip_left", left_}, {"strip_right", right_}}; }
  void restrict(Locality& locality) const override { locality.forbid(); }

 private:
  bool left_, right_;
};

class Prepend : public Normaliser {
 public:
  explicit Prepend(std::string text) : prepended_(std::move(text)) {}
  void apply(AlignedText& text) const override {
    if (text.text.empty()) return;
    text.text.insert(0, prepended_);
    if (text.tracked) text.origins.insert(text.origins.begin(), prepended_.size(), text.origins.front());
  }
  Json to_json() const override { return {{"type", "Prepend"}, {"prepend", prepended_}}; }
  void restrict(Locality& locality) const override { locality.forbid(); }

 private:
  std::string prepended_;
};

class Replace : public Normaliser {
 public:
  Replace(std::string pattern, std::string content, bool is_regex, const std::string& place)
      : pattern_(std::move(pattern)), content_(std::move(content)) {
    if (is_regex) regex_ = std::make_unique<Regex>(pattern_, place);
  }

  void apply(AlignedText& text) const override {
    if (pattern_.empty()) return;
    Rewrite rewrite(text);
    const auto replace = [&](size_t begin, size_t end) {
      rewrite.keep(begin - rewrite.position());
      rewrite.drop(end - begin);
      rewrite.insert(content_);
    };
    if (regex_ != nullptr) {
      regex_->find_all(text.text, replace);
    } else {
      for (size_t at = 0; (at = text.text.find(pattern_, at)) != std::string::npos; at += pattern_.size())
        replace(at, at + pattern_.size());
    }
    if (rewrite.position() > 0) rewrite.finish();
  }

  Json to_json() const override {
    return {
        {"type", "Replace"}, {"pattern", {{regex_ != nullptr ? "Regex" : "String", pattern_}}}, {"content", content_}};
  }

  void restrict(Locality& locality) const override {
    // Runs of white space stand in one part, whole; where runs matter, what becomes white space joins them.
    const bool collapses = regex_ != nullptr && (pattern_ == "\\s+" || pattern_ == " {2,}");
    if (collapses && !locality.runs_matter) return;
    if (regex_ != nullptr || locality.runs_matter || pattern_ == " ") return locality.forbid();
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (pattern_[i] != ' ' && pattern_[i] != '\n') continue;
      if (i + 1 == pattern_.size()) return locality.forbid();
      locality.unless_next.set(static_cast<unsigned char>(pattern_[i + 1]));
    }
  }

 private:
  std::string pattern_, content_;
  std::unique_ptr<Regex> regex_;
};

bool is_chinese(int32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// The normaliser of BERT (Devlin et al. 2019, tokenization.py).
class Bert : public Normaliser {
 public:
  Bert(bool clean, bool chinese, std::optional<bool> accents, bool lower)
      : clean_(clean), chinese_(chinese), accents_(accents), lower_(lower) {}

  void apply(AlignedText& text) const override {
    const bool ascii = is_ascii(text.text);
    if (clean_) clean(text);
    if (chinese_ && !ascii) space_chinese(text);
    if (accents_.value_or(lower_) && !ascii) {
      normalise_form(text, Form::nfd);
      drop_characters(text, [](int32_t c) { return u_charType(c) == U_NON_SPACING_MARK; });
    }
    if (lower_) lower_case(text);
  }

  Json to_json() const override {
    return {{"type", "BertNormalizer"},
            {"clean_text", clean_},
            {"handle_chinese_chars", chinese_},
            {"strip_accents", accents_ ? Json(*accents_) : Json(nullptr)},
            {"lowercase", lower_}};
  }

 private:
  static void clean(AlignedText& text) {
    const auto is_odd = [](char c) {
      return static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126;
    };
    if (std::none_of(text.text.begin(), text.text.end(), is_odd)) return;
    for_each_character(text, [](Rewrite& rewrite, int32_t c, size_t bytes) {
      const bool spaced = c == '\t' || c == '\n' || c == '\r';  // control characters that stay, as white space
      if (!spaced && (c == 0 || c == kReplacementCharacter ||
                      (U_GET_GC_MASK(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0)) {
        rewrite.drop(bytes);
      } else if (spaced || (character_class(c) & kWhiteSpace) != 0) {
        rewrite.replace(' ', bytes);
      } else {
        rewrite.keep(bytes);
      }
    });
  }

  static void space_chinese(AlignedText& text) {
    for_each_character(text, [](Rewrite& rewrite, int32_t c, size_t bytes) {
      if (!is_chinese(c)) return rewrite.keep(bytes);
      std::string after;
      append_utf8(c, after);
      rewrite.replace(' ', bytes);
      rewrite.insert(after + " ");
    });
  }

  bool clean_, chinese_;
  std::optional<bool> accents_;
  bool lower_;
};

class NormaliserSequence : public Normaliser {
 public:
  explicit NormaliserSequence(std::vector<std::unique_ptr<Normaliser>> steps) : steps_(std::move(steps)) {}
  void apply(AlignedText& text) const override {
    for (const auto& step : steps_) step->apply(text);
  }
  Json to_json() const override {
    Json list = Json::array();
    for (const auto& step : steps_) list.push_back(step->to_json());
    return {{"type", "Sequence"}, {"normalizers", list}};
  }
  void restrict(Locality& locality) const override {
    for (const auto& step : steps_) step->restrict(locality);
  }

 private:
  std::vector<std::unique_ptr<Normaliser>> steps_;
};

std::unique_ptr<Normaliser> read_replace(const Json& json, const std::string& place) {
  const Json& pattern = member(json, "pattern");
  const bool is_regex = pattern.is_object() && pattern.contains("Regex");
  const Json& text = member(pattern, is_regex ? "Regex" : "String");
  if (!text.is_string()) throw Error(place + ".pattern: expected {\"String\": …} or {\"Regex\": …}");
  return std::make_unique<Replace>(text.get<std::string>(), require_text(json, "content", place), is_regex,
                                   place + ".pattern");
}

}  // namespace

std::unique_ptr<Normaliser> normaliser_from_json(const Json& json, const std::string& place) {
  if (json.is_null()) return nullptr;
  const std::string type = require_text(json, "type", place);
  for (const PlainStep& step : kPlainSteps)
    if (type == step.type) return std::make_unique<Plain>(step);
  if (type == "Strip")
    return std::make_unique<Strip>(read_flag(json, "strip_left", true, place),
                                   read_flag(json, "strip_right", true, place));
  if (type == "Prepend") return std::make_unique<Prepend>(require_text(json, "prepend", place));
  if (type == "Replace") return read_replace(json, place);
  if (type == "BertNormalizer") {
    std::optional<bool> accents;
    if (!member(json, "strip_accents").is_null()) accents = read_flag(json, "strip_accents", true, place);
    return std::make_unique<Bert>(read_flag(json, "clean_text", true, place),
                                  read_flag(json, "handle_chinese_chars", true, place), accents,
                                  read_flag(json, "lowercase", true, place));
  }
  if (type == "Sequence") {
    const Json& list = member(json, "normalizers");
    if (!list.is_array()) throw Error(place + ".normalizers: not a list");
    std::vector<std::unique_ptr<Normaliser>> steps;
    for (size_t i = 0; i < list.size(); ++i)
      if (auto step = normaliser_from_json(list[i], place + ".normalizers[" + std::to_string(i) + "]"))
        steps.push_back(std::move(step));
    return std::make_unique<NormaliserSequence>(std::move(steps));
  }
  throw Error(place + ".type: " + type + " is not supported");
}

Json normaliser_json(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const std::string& name : names) {
    if (name == "nfc" || name == "nfd" || name == "nfkc" || name == "nfkd") {
      std::string form = name;
      std::transform(form.begin(), form.end(), form.begin(), [](char c) { return static_cast<char>(c - 32); });
      list.push_back({{"type", form}});
    } else if (name == "lowercase") {
      list.push_back({{"type", "Lowercase"}});
    } else if (name == "casefold") {
      list.push_back({{"type", "CaseFold"}});
    } else if (name == "strip_accents") {  // of composed characters too
      list.push_back({{"type", "NFD"}});
      list.push_back({{"type", "StripAccents"}});
    } else if (name == "collapse") {
      list.push_back({{"type", "Replace"}, {"pattern", {{"Regex", "\\s+"}}}, {"content", " "}});
    } else if (name == "strip") {
      list.push_back({{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}});
    } else if (name == "basic_english") {  // torchtext's rules
      list.push_back({{"type", "Lowercase"}});
      constexpr std::pair<const char*, const char*> kRules[] = {
          {"'", " '  "}, {"\"", ""},   {".", " . "}, {"<br />", " "}, {",", " , "}, {"(", " ( "},
          {")", " ) "},  {"!", " ! "}, {"?", " ? "}, {";", " "},      {":", " "}};
      for (const auto& [from, to] : kRules)
        list.push_back({{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}});
    } else if (const size_t sign = name.find('=', 1); sign != std::string::npos) {
      list.push_back(
          {{"type", "Replace"}, {"pattern", {{"String", name.substr(0, sign)}}}, {"content", name.substr(sign + 1)}});
    } else if (name == "bert") {
      list.push_back(Bert(true, true, std::nullopt, true).to_json());
    } else {
      throw Error("tokenizer.normaliser: \"" + name + "\" is unknown");
    }
  }
  if (list.empty()) return nullptr;
  if (list.size() == 1) return list[0];
  return {{"type", "Sequence"}, {"normalizers", list}};
}

}  // namespace seq

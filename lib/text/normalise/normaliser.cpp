// The steps of normalisation, and their names in tokenizer.json and in configs.
#include "text/normalise/normaliser.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "text/normalise/bert.h"
#include "text/normalise/character_steps.h"
#include "text/normalise/forms.h"
#include "text/pattern.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"
#include "text/utf8.h"

namespace seq {
namespace {

bool ends_in_white_space(std::string_view text) {
  return !text.empty() && (character_class(code_point_before(text, text.size())) & kWhiteSpace) != 0;
}

/// A step without settings: what it is called and what it does.
struct PlainStep {
  const char* type;
  void (*apply)(AlignedText&);
};

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
  Replace(Pattern pattern, std::string content) : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void apply(AlignedText& text) const override {
    Rewrite rewrite(text);
    pattern_.find_all(text.text, [&](size_t begin, size_t end) {
      rewrite.keep(begin - rewrite.position());
      rewrite.drop(end - begin);
      rewrite.insert(content_);
    });
    if (rewrite.position() > 0) rewrite.finish();
  }

  Json to_json() const override {
    return {{"type", "Replace"}, {"pattern", pattern_.to_json()}, {"content", content_}};
  }

  void restrict(Locality& locality) const override {
    // Runs of white space stand in one part, whole; where runs matter, what becomes white space joins them.
    const std::string& sought = pattern_.text();
    const bool collapses = pattern_.is_regex() && (sought == "\\s+" || sought == " {2,}");
    if (collapses && !locality.runs_matter) return;
    if (pattern_.is_regex() || locality.runs_matter || sought == " ") return locality.forbid();
    for (size_t i = 0; i < sought.size(); ++i) {
      if (sought[i] != ' ' && sought[i] != '\n') continue;
      if (i + 1 == sought.size()) return locality.forbid();
      locality.unless_next.set(static_cast<unsigned char>(sought[i + 1]));
    }
  }

 private:
  Pattern pattern_;
  std::string content_;
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
  if (type == "Replace")
    return std::make_unique<Replace>(Pattern::from_json(json, place), require_text(json, "content", place));
  if (type == "BertNormalizer") {
    std::optional<bool> accents;
    if (!member(json, "strip_accents").is_null()) accents = read_flag(json, "strip_accents", true, place);
    return bert_normaliser(read_flag(json, "clean_text", true, place),
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
      list.push_back(bert_normaliser(true, true, std::nullopt, true)->to_json());
    } else {
      throw Error("tokenizer.normaliser: \"" + name + "\" is unknown");
    }
  }
  if (list.empty()) return nullptr;
  if (list.size() == 1) return list[0];
  return {{"type", "Sequence"}, {"normalizers", list}};
}

}  // namespace seq

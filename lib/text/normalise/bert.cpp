// BERT's four steps, each of which can be switched off.
#include "text/normalise/bert.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "text/normalise/character_steps.h"
#include "text/normalise/forms.h"
#include "text/utf8.h"

namespace seq {
namespace {

bool is_chinese(int32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

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

}  // namespace

std::unique_ptr<Normaliser> bert_normaliser(bool clean, bool chinese, std::optional<bool> accents, bool lower) {
  return std::make_unique<Bert>(clean, chinese, accents, lower);
}

}  // namespace seq

// Decomposition, ordering and composition (Unicode Standard Annex 15) by ICU's data; without origins by ICU itself.
#include "text/normalise/forms.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "text/unicode.h"
#include "text/utf8.h"

namespace seq {
namespace {

const icu::Normalizer2& normalizer(Form form) {
  UErrorCode failed = U_ZERO_ERROR;
  const icu::Normalizer2* found = nullptr;
  if (form == Form::nfc) found = icu::Normalizer2::getNFCInstance(failed);
  if (form == Form::nfd) found = icu::Normalizer2::getNFDInstance(failed);
  if (form == Form::nfkc) found = icu::Normalizer2::getNFKCInstance(failed);
  if (form == Form::nfkd) found = icu::Normalizer2::getNFKDInstance(failed);
  if (U_FAILURE(failed) || found == nullptr) throw std::runtime_error("ICU has no data for normalisation");
  return *found;
}

/// A character of the result. `change` says how it came: 1, one more than there were; 0, in place of one; -n, in place
/// of n + 1.
struct Changed {
  int32_t code_point;
  int change;
  uint8_t combining_class;
};

std::vector<Changed> decompose(std::string_view text, const icu::Normalizer2& forms) {
  std::vector<Changed> out;
  icu::UnicodeString parts;
  size_t starter = 0;  // where the run of combining characters that may have to be ordered begins
  const auto push = [&](int32_t code_point, int change) {
    const uint8_t combining_class = forms.getCombiningClass(code_point);
    out.push_back({code_point, change, combining_class});
    if (combining_class == 0) {
      starter = out.size();
      return;
    }
    for (size_t i = out.size() - 1; i > starter && out[i - 1].combining_class > out[i].combining_class; --i)
      std::swap(out[i - 1], out[i]);
  };
  for (size_t i = 0; i < text.size();) {
    const int32_t code_point = take_code_point(text, i);
    if (code_point < 0x80 || forms.getDecomposition(code_point, parts) == 0) {
      push(code_point, 0);
      continue;
    }
    for (int32_t k = 0; k < parts.length(); k += U16_LENGTH(parts.char32At(k))) push(parts.char32At(k), k > 0 ? 1 : 0);
  }
  return out;
}

/// Canonical composition in place.
void compose(std::vector<Changed>& text, const icu::Normalizer2& forms) {
  std::vector<Changed> out;
  std::optional<size_t> starter;  // in `out`
  for (const Changed& next : text) {
    if (starter) {
      const uint8_t last = out.size() - 1 == *starter ? 0 : out.back().combining_class;
      const bool blocked = out.size() - 1 != *starter && last >= next.combining_class;
      const int32_t composed = blocked ? -1 : forms.composePair(out[*starter].code_point, next.code_point);
      if (composed >= 0) {
        out[*starter].code_point = composed;
        out[*starter].change += next.change - 1;
        continue;
      }
    }
    out.push_back(next);
    if (next.combining_class == 0) starter = out.size() - 1;
  }
  text.swap(out);
}

/// The new text with the origins that HF tokenizers gives it: it counts characters off the old text in their order,
/// also where combining characters changed places.
void replace_all(AlignedText& text, const std::vector<Changed>& changed) {
  std::string out;
  std::vector<Range> origins;
  size_t at = 0;
  const auto skip = [&](int characters) {
    for (; characters > 0 && at < text.text.size(); --characters) take_code_point(text.text, at);
  };
  for (const Changed& next : changed) {
    Range origin{0, 0};
    if (next.change > 0) {
      if (at > 0) origin = text.origins[at - 1];
    } else {
      origin = text.origins[std::min(at, text.origins.size() - 1)];
      skip(1 - next.change);
    }
    const size_t before = out.size();
    append_utf8(next.code_point, out);
    origins.insert(origins.end(), out.size() - before, origin);
  }
  text.text.swap(out);
  text.origins.swap(origins);
}

}  // namespace

void normalise_form(AlignedText& text, Form form) {
  if (is_ascii(text.text)) return;
  const icu::Normalizer2& forms = normalizer(form);
  UErrorCode failed = U_ZERO_ERROR;
  if (!text.tracked) {
    if (forms.isNormalizedUTF8(text.text, failed) != 0) return;
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    forms.normalizeUTF8(0, text.text, sink, nullptr, failed);
    if (U_FAILURE(failed)) throw std::runtime_error("ICU cannot normalise the text");
    text.text.swap(out);
    return;
  }
  const bool compatible = form == Form::nfkc || form == Form::nfkd;
  const icu::Normalizer2& parts = compatible ? normalizer(Form::nfkd) : normalizer(Form::nfd);
  std::vector<Changed> changed = decompose(text.text, parts);
  if (form == Form::nfc || form == Form::nfkc) compose(changed, normalizer(Form::nfc));
  replace_all(text, changed);
}

}  // namespace seq

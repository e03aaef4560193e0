// ICU's iterator over word boundaries.
#include "text/pre_tokenise/unicode_words.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "base/error.h"
#include "text/unicode.h"

namespace seq {
namespace {

class UnicodeWords : public PreTokenizer {
 public:
  UnicodeWords() {
    UErrorCode failed = U_ZERO_ERROR;
    rules_ = ubrk_open(UBRK_WORD, "root", nullptr, 0, &failed);
    if (U_FAILURE(failed)) throw Error("ICU has no data for word boundaries");
  }
  ~UnicodeWords() override { ubrk_close(rules_); }
  void apply(Words& words) const override {
    UErrorCode failed = U_ZERO_ERROR;
    UBreakIterator* const breaks = ubrk_clone(rules_, &failed);
    UText text = UTEXT_INITIALIZER;
    std::vector<Range> ranges;
    for (const Range range : words.ranges) {
      const std::string_view word = words.word(range);
      utext_openUTF8(&text, word.data(), static_cast<int64_t>(word.size()), &failed);
      ubrk_setUText(breaks, &text, &failed);
      int32_t begin = ubrk_first(breaks);
      for (int32_t end = 0; U_SUCCESS(failed) && (end = ubrk_next(breaks)) != UBRK_DONE; begin = end) {
        size_t at = static_cast<size_t>(begin);
        if ((character_class(take_code_point(word, at)) & kWhiteSpace) == 0)
          ranges.push_back({range.begin + static_cast<uint32_t>(begin), range.begin + static_cast<uint32_t>(end)});
      }
    }
    utext_close(&text);
    ubrk_close(breaks);
    words.ranges.swap(ranges);
  }
  Json to_json() const override { return {{"type", "UnicodeWords"}}; }
  void restrict(Locality& locality) const override { locality.cut_at_white_space(); }

 private:
  UBreakIterator* rules_ = nullptr;
};

}  // namespace

std::unique_ptr<PreTokenizer> unicode_words() {
  return std::make_unique<UnicodeWords>();
}

}  // namespace seq

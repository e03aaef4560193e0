// Any bytes as a text through every kind of step: no crash, origins inside of the text, the same words with and without
// origins and cuts, and bytes that come back.
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "expect.h"
#include "text/pipeline/front.h"
#include "text/pre_tokenise/gpt2.h"
#include "text/utf8.h"

using namespace seq;

namespace {

std::vector<std::string> words_of(const Front& front, std::string_view text, Place place, Tracking tracking) {
  Words words;
  front.split(text, words, place, tracking);
  std::vector<std::string> out;
  for (const Range range : words.ranges) {
    SEQ_EXPECT(range.begin < range.end && range.end <= words.text.text.size());
    out.emplace_back(words.word(range));
  }
  for (const Range origin : words.text.origins) SEQ_EXPECT(origin.begin <= origin.end && origin.end <= text.size());
  return out;
}

void check(const Front& front, const std::string& text) {
  const std::vector<std::string> whole = words_of(front, text, Place::start, Tracking::off);
  SEQ_EXPECT(words_of(front, text, Place::start, Tracking::on) == whole);
  if (!front.locality().before_space) return;
  std::vector<std::string> parts;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    end = next_cut(text, begin, front.locality());
    for (std::string& word : words_of(front, std::string_view(text).substr(begin, end - begin),
                                      begin == 0 ? Place::start : Place::inside, Tracking::off))
      parts.push_back(std::move(word));
  }
  SEQ_EXPECT(parts == whole);
}

std::vector<Front> all_fronts() {
  std::vector<Front> fronts;
  for (const char* cut : {"none", "whitespace", "whitespace_split", "basic_english", "uax29", "punctuation", "digits",
                          "bert", "gpt2", "metaspace", "cjk"})
    for (const char* change : {"", "nfc", "nfkc", "nfd", "bert", "casefold", "strip", "collapse", "basic_english"})
      fronts.push_back(Front::from_json(
          normaliser_json(*change == 0 ? std::vector<std::string>{} : std::vector<std::string>{change}),
          pre_tokenizer_json({cut}), "fuzz"));
  return fronts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Front> kFronts = all_fronts();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = gpt2_match(bytes, at);
    SEQ_EXPECT(end > at && end <= bytes.size());
    at = end;
  }
  std::string text;
  append_replaced(bytes, text);
  for (const Front& front : kFronts) check(front, text);
  return 0;
}

// Any bytes as a SentencePiece model: refused with an Error, or a tokenizer that encodes, decodes and writes itself.
#include <string>

#include "base/error.h"
#include "expect.h"
#include "text/sentencepiece/sentencepiece.h"

using namespace seq;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  try {
    const SentencePieceTokenizer tokenizer(bytes, "fuzz.model");
    std::string text = "to be \u00e9\ufb01\u65e5\u672c\t  x";
    append_replaced(std::string_view(bytes).substr(0, 200), text);
    std::vector<int32_t> ids;
    std::vector<TokenSpan> spans;
    tokenizer.encode(text, ids);
    tokenizer.encode_spans(text, spans, SpecialText::token);
    SEQ_EXPECT(ids.size() == spans.size());
    for (size_t i = 0; i < ids.size(); ++i) {
      SEQ_EXPECT(ids[i] == spans[i].id && ids[i] >= 0 && ids[i] < tokenizer.vocabulary().size());
      SEQ_EXPECT(spans[i].begin <= spans[i].end && spans[i].end <= text.size());
    }
    std::string back;
    tokenizer.decode(ids, back, false);
    SEQ_EXPECT(find_invalid_utf8(back) == std::string::npos);
    SEQ_EXPECT(tokenizer_from_text(tokenizer.to_json().dump(), "again")->to_json() == tokenizer.to_json());
  } catch (const Error&) {
  }
  return 0;
}

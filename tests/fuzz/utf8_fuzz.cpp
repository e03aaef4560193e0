// Any bytes in any blocks: validation, replacement and the tokenizers agree with each other.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "expect.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

using namespace seq;

namespace {

/// Feeds the bytes in blocks of `size`; false when they are refused.
bool feed(std::string_view bytes, size_t size, InvalidUtf8 invalid, std::string& out) {
  try {
    Utf8Blocks blocks("fuzz", invalid);
    for (size_t i = 0; i < bytes.size(); i += size) {
      const std::string block(bytes.substr(i, size));
      out += blocks.feed(block);
    }
    out += blocks.finish();
    return true;
  } catch (const Error&) {
    return false;
  }
}

void check_tokenizer(const std::string& type, const std::string& text) {
  TokenizerOptions options;
  options.type = type;
  auto trainer = make_tokenizer_trainer(options);
  trainer->add(text);
  const auto tokenizer = trainer->finish();
  std::vector<int32_t> ids;
  tokenizer->encode(text, ids);
  std::string again;
  tokenizer->decode(ids, again);
  SEQ_EXPECT(again == text);
  std::vector<TokenSpan> spans;
  tokenizer->encode_spans(text, spans);
  SEQ_EXPECT(spans.size() == ids.size() && spans.back().end == text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const size_t block = 1 + data[0] % 40;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool valid = find_invalid_utf8(bytes) == std::string_view::npos;

  std::string replaced, in_blocks, refused;
  append_replaced(bytes, replaced);
  SEQ_EXPECT(find_invalid_utf8(replaced) == std::string::npos);
  SEQ_EXPECT(feed(bytes, block, InvalidUtf8::replace, in_blocks) && in_blocks == replaced);
  SEQ_EXPECT(!valid || replaced == bytes);
  const bool accepted = feed(bytes, block, InvalidUtf8::refuse, refused);
  SEQ_EXPECT(accepted == (valid && bytes.find('\0') == std::string_view::npos));
  SEQ_EXPECT(!accepted || refused == bytes);

  const size_t count = count_code_points(replaced);
  SEQ_EXPECT(code_point_offset(replaced, count) == replaced.size());
  size_t position = 0;
  for (size_t n = 0; n < count; ++n) {
    if (n < 64) SEQ_EXPECT(code_point_offset(replaced, n) == position);
    const size_t start = position;
    std::string one;
    append_utf8(next_code_point(replaced, position), one);
    SEQ_EXPECT(one == replaced.substr(start, position - start));
  }
  SEQ_EXPECT(position == replaced.size());
  if (!replaced.empty()) {
    check_tokenizer("char", replaced);
    check_tokenizer("byte", replaced);
  }
  return 0;
}

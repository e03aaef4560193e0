// Any text as tokenizer.json: refused with an Error, or a tokenizer that encodes, decodes and writes itself.
#include <string>

#include "base/error.h"
#include "expect.h"
#include "text/tokenizer.h"

using namespace seq;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::unique_ptr<Tokenizer> tokenizer;
  try {
    tokenizer = tokenizer_from_text(text, "fuzz.json");
  } catch (const Error&) {
    return 0;
  }
  std::vector<int32_t> ids;
  std::string all;
  for (int32_t id = 0; id < tokenizer->vocabulary().size(); ++id) ids.push_back(id);
  tokenizer->decode(ids, all, true);
  std::string plain, again;
  tokenizer->decode(ids, plain);
  ids.clear();
  try {
    std::string valid;
    append_replaced(plain, valid);
    tokenizer->encode(valid, ids);
    tokenizer->decode(ids, again);
    SEQ_EXPECT(tokenizer->type() != "char" || again == plain);
  } catch (const UnknownCharacter&) {
    SEQ_EXPECT(tokenizer->vocabulary().unknown == kNoToken);
  }
  const Json json = tokenizer->to_json();
  SEQ_EXPECT(tokenizer_from_text(json.dump(), "again.json")->to_json() == json);
  return 0;
}

// Any text as a config: refused with an Error, or resolved to a config that reads back as itself.
#include <string>

#include "base/error.h"
#include "expect.h"
#include "models/catalog.h"

using namespace seq;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Json resolved;
  try {
    resolved = config_from_json(parse_json(text, "fuzz.json"), "fuzz.json", catalog()).to_json();
  } catch (const Error& error) {
    SEQ_EXPECT(std::string(error.what()).starts_with("fuzz.json:"));
    return 0;
  }
  SEQ_EXPECT(config_from_json(parse_json(resolved.dump(), "again.json"), "again.json", catalog()).to_json() ==
             resolved);
  return 0;
}

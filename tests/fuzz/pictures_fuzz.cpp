// Any text as predictions.json, boundary.json or fit.json (the first byte says which): refused with an Error that names
// the file, or read, and written so that it reads back the same.
#include <string>

#include "base/error.h"
#include "expect.h"
#include "run/pictures.h"
#include "run/predictions.h"

using namespace seq;

namespace {

template <class T>
void round_trip(std::string_view text, T (*parse)(std::string_view, const std::string&)) {
  Json written;
  try {
    written = write_fields(parse(text, "fuzz.json"));
  } catch (const Error& error) {
    SEQ_EXPECT(std::string(error.what()).starts_with("fuzz.json:"));
    return;
  }
  const std::string again = written.dump(-1, ' ', false, Json::error_handler_t::replace);
  SEQ_EXPECT(write_fields(parse(again, "again.json")) == parse_json(again, "again.json"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'p') round_trip(text, parse_predictions);
  if (data[0] == 'b') round_trip(text, parse_boundary);
  if (data[0] == 'f') round_trip(text, parse_fit);
  return 0;
}

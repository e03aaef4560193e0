// Any bytes as a file of labelled texts in each format: read or refused with an Error.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/error.h"
#include "expect.h"
#include "text/examples.h"

using namespace seq;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("examples", 0);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  for (const char* format : {"tsv", "csv", "jsonl", "fasttext"}) {
    ExampleOptions options;
    options.format = format;
    options.separator = "|";
    try {
      ExampleReader reader({path}, options, InvalidUtf8::replace);
      for (Example example; reader.next(example);) {
        for (const std::string& label : example.labels) SEQ_EXPECT(!label.empty());
        SEQ_EXPECT(find_invalid_utf8(example.text) == std::string::npos);
      }
    } catch (const Error&) {
    }
  }
  return 0;
}

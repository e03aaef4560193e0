// Any bytes as a file of word counts: refused with an Error, or counts that write the same file again.
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "expect.h"
#include "text/subword/counts_file.h"

using namespace seq;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TemporaryFile in("seqtool-fuzz"), out("seqtool-fuzz");
  write_file_atomic(in.path(), {reinterpret_cast<const char*>(data), size});
  WordCounts counts, again;
  try {
    const CountsHeader header = read_counts(in.path(), counts);
    write_counts(out.path(), header, counts);
    SEQ_EXPECT(read_counts(out.path(), again) == header);
    SEQ_EXPECT(again.size() == counts.size());
  } catch (const Error&) {
  }
  return 0;
}

// Any bytes as a counts file: refused with an Error, or n-grams whose words are all there and whose counts are not 0.
#include <fstream>

#include "expect.h"
#include "ngram/counts_file.h"

using namespace seq;
using namespace seq::ngram;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TemporaryFile file("seqtool-fuzz");
  std::ofstream(file.path(), std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    CountsReader reader(file.path().string());
    std::vector<WordId> gram;
    for (uint32_t count = 0; reader.next(gram, count);) {
      SEQ_EXPECT(count > 0 && static_cast<int>(gram.size()) == reader.order());
      for (const WordId word : gram) SEQ_EXPECT(word < reader.words().size());
    }
  } catch (const Error&) {
  }
  return 0;
}

// Any bytes as a file of phrases: refused with an Error, or phrases that write the same file again and join a text.
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "expect.h"
#include "text/phrases.h"

using namespace seq;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TemporaryFile in("seqtool-fuzz"), out("seqtool-fuzz");
  const std::string text(reinterpret_cast<const char*>(data), size);
  write_file_atomic(in.path(), text);
  try {
    const std::vector<Phrase> phrases = read_phrases(in.path());
    write_phrases(out.path(), phrases);
    SEQ_EXPECT(read_phrases(out.path()).size() == phrases.size());
    std::string joined;
    PhraseJoiner(phrases).join(text, joined);
    SEQ_EXPECT(joined.size() <= text.size() + 1);
  } catch (const Error&) {
  }
  return 0;
}

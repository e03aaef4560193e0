// Any bytes as a file of word vectors: refused with an Error, or vectors that are finite, of words that are found.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "expect.h"
#include "vectors/word_vectors.h"

using namespace seq;

namespace {

/// A list of words for npy and safetensors, written once.
class List {
 public:
  explicit List(const char* content) : file_("seqtool-fuzz") { write_file_atomic(file_.path(), content); }
  const fs::path& path() const { return file_.path(); }

 private:
  TemporaryFile file_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("vectors", 0);
  static const List plain("a\nb\n"), counted("a\t3\n");
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  vectors::LoadOptions options;
  options.threads = 1;
  for (const List* list : {&plain, &counted}) {
    options.vocabulary = list->path();
    try {
      const auto read = vectors::load_vectors("/proc/self/fd/" + std::to_string(file), options);
      SEQ_EXPECT(read.size() > 0 && read.dimension() > 0 && read.words().size() == read.size());
      for (const float value : read.matrix().all()) SEQ_EXPECT(std::isfinite(value));
      for (const float norm : read.norms()) SEQ_EXPECT(std::isfinite(norm) && norm >= 0);
      for (int64_t i = 0; i < read.size(); ++i) SEQ_EXPECT(read.words().find(read.words()[i]) == i);
    } catch (const Error&) {
    }
  }
  return 0;
}

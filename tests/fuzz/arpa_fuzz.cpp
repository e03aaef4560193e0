// Fuzzes the ARPA reader: any bytes are either a model that scores, or refused by Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "expect.h"
#include "ngram/model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("arpa", 0);
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  try {
    const auto model = seq::ngram::load_model("/proc/self/fd/" + std::to_string(file));
    seq::ngram::State state = model->begin_state();
    for (seq::ngram::WordId word = 0; word < std::min<seq::ngram::WordId>(model->vocabulary_size(), 50); ++word) {
      seq::ngram::State next;
      const seq::ngram::Score score = model->score(state, word, next);
      SEQ_EXPECT(score.order >= 1 && score.order <= model->order());
      SEQ_EXPECT(!std::isnan(score.log10));
      SEQ_EXPECT(model->find(model->word(word)) == word);
      state = next;
    }
  } catch (const seq::RunError&) {
    SEQ_EXPECT(false);  // what the reader lets through makes a model
  } catch (const seq::Error&) {
  }
  return 0;
}

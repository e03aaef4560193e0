// Any text as a file of analogies, of similarity judgements, and as a question: read or refused with an Error.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <string>

#include "base/error.h"
#include "expect.h"
#include "vectors/evaluate.h"
#include "vectors/folded_words.h"
#include "vectors/growing_matrix.h"

using namespace seq;

namespace {

vectors::WordVectors three_words() {
  auto words = std::make_shared<vectors::WordList>();
  for (const char* word : {"a", "king", "é"}) words->add(word);
  vectors::GrowingMatrix matrix(2);
  matrix.grow(3);
  for (int i = 0; i < 6; ++i) matrix.row(0)[i] = static_cast<float>(i - 2);
  return {std::move(words), std::move(matrix).finish(), "fuzz"};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("evaluation", 0);
  static const vectors::WordVectors words = three_words();
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const std::string text(reinterpret_cast<const char*>(data), size);
  vectors::EvaluationOptions options;
  options.threads = 1;
  try {
    if (vectors::is_analogy_file(path)) {
      const auto score = vectors::total(vectors::evaluate_analogies(words, vectors::read_analogies(path), options));
      SEQ_EXPECT(score.correct <= score.asked);
    } else {
      const auto pairs = vectors::read_similarities(path);
      const auto score = vectors::evaluate_similarities(words, pairs, options);
      SEQ_EXPECT(score.pairs + score.unknown == static_cast<int64_t>(pairs.size()));
      SEQ_EXPECT(std::isnan(score.spearman) || std::abs(score.spearman) < 1 + 1e-9);
    }
  } catch (const Error&) {
  }
  try {
    const vectors::Query query = vectors::parse_query(words, text, vectors::Metric::cosine);
    SEQ_EXPECT(vectors::nearest(words, query, vectors::Metric::cosine, 5, 1).size() <= 3);
  } catch (const Error&) {
  }
  vectors::upper_case(text);
  return 0;
}

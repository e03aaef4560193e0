// word2vec's binary format: a header line, then for each word its bytes, a space and D floats; word2vec.c ends them
// with a line break, gensim does not.
#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "vectors/formats.h"
#include "vectors/growing_matrix.h"

namespace seq::vectors {
namespace {

constexpr size_t kLongestWord = 1 << 16;

}  // namespace

Table read_binary(ByteSource& source, const Header& header, const LoadOptions& options) {
  const int64_t count = options.limit > 0 ? std::min(options.limit, header.words) : header.words;
  const size_t row_bytes = static_cast<size_t>(header.dimension) * sizeof(float);
  auto words = std::make_shared<WordList>();
  GrowingMatrix matrix(header.dimension);
  const auto fail = [&](const std::string& what) {
    throw Error(fmt::format("{}: {} (word {} of {}, byte {})", source.name(), what, matrix.rows() + 1, header.words,
                            source.consumed()));
  };
  while (words->size() < count) {
    std::string_view ahead = source.peek(row_bytes + 256);
    if (ahead.find(' ') == std::string_view::npos) ahead = source.peek(kLongestWord);
    while (!ahead.empty() && ahead.front() == '\n') {
      ahead.remove_prefix(1);
      source.skip(1);
    }
    if (ahead.empty()) fail("cut short");
    const size_t space = ahead.find(' ');
    if (space == std::string_view::npos) fail(ahead.size() < kLongestWord ? "cut short" : "damaged: a word has no end");
    if (space == 0) fail("damaged: an empty word");
    const std::string_view word = ahead.substr(0, space);
    if (!words->add(word))
      throw Error(fmt::format("{}: the word \"{}\" is there twice (words {} and {})", source.name(), word,
                              *words->find(word) + 1, words->size() + 1));
    source.skip(space + 1);
    const std::string_view bytes = source.take(row_bytes);
    if (bytes.size() < row_bytes) fail("cut short");
    matrix.grow(1);
    std::memcpy(matrix.row(matrix.rows() - 1), bytes.data(), row_bytes);
  }
  if (count == header.words) {
    std::string_view rest = source.peek(1);
    while (rest == "\n") {
      source.skip(1);
      rest = source.peek(1);
    }
    if (!rest.empty()) fail("damaged: more bytes than its header says");
  }
  return {words, std::move(matrix).finish()};
}

}  // namespace seq::vectors

// Fuzzes the loading and the use of binary n-gram models: any bytes are either used, without reading outside of them,
// or refused by Error. The header's checksum and file size are put right, so that what they protect is reached.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "expect.h"
#include "ngram/model.h"
#include "ngram/successors.h"

using namespace seq::ngram;

namespace {

void put_right(std::vector<std::byte>& bytes) {
  if (bytes.size() < sizeof(Header)) return;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.file_size = bytes.size();
  header.header_sum = header_sum(header);
  std::memcpy(bytes.data(), &header, sizeof header);
}

void use(const Model& model) {
  const WordId words = std::min<WordId>(model.vocabulary_size(), 20);
  std::vector<Token> tokens;
  for (WordId i = 0; i < 60; ++i) tokens.push_back({(i * 7) % words, i % 9});
  std::vector<Score> scores(tokens.size());
  for (int round = 0; round < 2; ++round) model.score(tokens, scores);
  State state = model.begin_state();
  for (const Token& token : tokens) {
    State next;
    const Score score = model.score(state, token.word, next);
    SEQ_EXPECT(score.order >= 1 && score.order <= model.order());
    state = next;
  }
  size_t letters = 0;
  for (WordId word = 0; word < words; ++word)
    for (const char letter : model.word(word)) letters += letter == 'a' ? 1 : 0;
  SEQ_EXPECT(model.find("not there, surely") < model.vocabulary_size());
  SEQ_EXPECT(letters <= uint64_t{words} << 32);
}

void draw(const Model& model) {
  if (!Successors::are_in(model.image())) return;
  const Successors successors(model.image());
  seq::Random random(1);
  Successors::Context context = successors.begin_sentence();
  for (int i = 0; i < 20; ++i) {
    const auto drawn = successors.draw(context, random);
    if (!drawn) break;
    SEQ_EXPECT(drawn->word < model.vocabulary_size());
    context = successors.follow(drawn->context, drawn->word);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (const bool repair : {false, true}) {
    std::vector<std::byte> bytes(size);
    if (size > 0) std::memcpy(bytes.data(), data, size);
    if (repair) put_right(bytes);
    try {
      const auto model = make_model(BinaryImage(std::move(bytes), "fuzz"));
      use(*model);
      draw(*model);
    } catch (const seq::Error&) {
    }
  }
  return 0;
}

// Word vectors as rows of a model's table of token vectors.
// V = vocabulary, E = embedding
#include "models/token_vectors.h"

#include <ATen/Context.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include "base/files.h"
#include "models/char_rnn/task.h"
#include "nn/parameters.h"
#include "test.h"
#include "vectors/subwords.h"

using namespace seq;
using at::Tensor;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

Vocabulary vocabulary_of(const std::vector<std::string>& tokens) {
  Vocabulary vocabulary;
  add_special_tokens(vocabulary, {"unk"});
  for (const std::string& token : tokens) vocabulary.add(token);
  return vocabulary;
}

/// cat and the, two numbers each.
std::string vectors_file(const TemporaryFolder& folder) {
  const auto path = folder.path() / "vectors.txt";
  write_file_atomic(path, "2 2\ncat 1 2\nthe 3 4.5\n");
  return path.string();
}

vectors::Matrix matrix(std::vector<float> values, int64_t columns) {
  const auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  return {owner, owner->data(), static_cast<int64_t>(owner->size()) / columns, columns};
}

TokenRows rows_of(const Tensor& table) {
  return {table.mutable_data_ptr<float>(), table.stride(0)};
}

}  // namespace

TEST_CASE("tokens that are words get their vectors, the other rows stay", "[token_vectors]") {
  const TemporaryFolder folder;
  const TokenVectors vectors({vectors_file(folder), false}, 2, "embedding_size");
  Tensor table = at::full({4, 2}, 7.0);
  const auto log = make_log({Verbosity::quiet, {}});
  vectors.fill(rows_of(table), vocabulary_of({"the", "dog", "cat"}), *log);
  REQUIRE(table.equal(at::tensor({7.0, 7.0, 3.0, 4.5, 7.0, 7.0, 1.0, 2.0}).view({4, 2}).to(at::kFloat)));
}

TEST_CASE("words outside the file get vectors from sub-words, special tokens do not", "[token_vectors]") {
  auto words = std::make_shared<vectors::WordList>();
  words->add("cat");
  vectors::WordVectors vectors(words, matrix({1, 2}, 2), "made");
  vectors.set_subwords(std::make_shared<vectors::Subwords>(matrix({0.5, 0.25}, 2), vectors::SubwordRules{3, 3, 1}));
  Tensor table = at::full({3, 2}, 7.0);
  const FoundTokens found = copy_rows(vectors, vocabulary_of({"cat", "cats"}), rows_of(table));
  CHECK(found.words == 1);
  CHECK(found.by_subwords == 1);
  REQUIRE(table.equal(at::tensor({7.0, 7.0, 1.0, 2.0, 0.5, 0.25}).view({3, 2}).to(at::kFloat)));
}

TEST_CASE("vectors that do not fit are refused with the key", "[token_vectors]") {
  const TemporaryFolder folder;
  const std::string file = vectors_file(folder);
  REQUIRE_THROWS_WITH(TokenVectors({file, false}, 3, "hidden_size"),
                      Contains("model.embedding.from") && Contains("of 2 numbers") && Contains("model.hidden_size=2"));
  REQUIRE_THROWS_WITH(TokenVectors({file + ".gone", false}, 2, "hidden_size"),
                      Contains("model.embedding.from") && Contains("vectors.txt.gone"));
  Tensor table = at::full({2, 2}, 7.0);
  const auto log = make_log({Verbosity::quiet, {}});
  REQUIRE_THROWS_WITH(TokenVectors({file, false}, 2, "hidden_size").fill(rows_of(table), vocabulary_of({"dog"}), *log),
                      Contains("none of the 2 tokens"));
}

TEST_CASE("a frozen table is no parameter to be trained", "[token_vectors]") {
  Config config;
  config.model = {{"type", "char_rnn"}, {"hidden_size", 8}, {"embedding", {{"from", "x.txt"}, {"freeze", true}}}};
  const auto frozen = make_char_rnn(config, 11);
  config.model["embedding"]["freeze"] = false;
  const auto trained = make_char_rnn(config, 11);
  const auto count = [](LanguageModel& model) { return nn::FlatParameters(model.net()).values().numel(); };
  REQUIRE(count(*trained) - count(*frozen) == 11 * 8);
  REQUIRE(frozen->token_vectors().sizes() == at::IntArrayRef({11, 8}));
  train::State state;
  const Tensor ids = at::tensor({1, 2, 3}, at::kLong).view({1, 3});
  frozen->loss({{{"ids", ids}, {"targets", ids}}, 3}, state).sum.backward();
  REQUIRE_FALSE(frozen->token_vectors().grad().defined());
}

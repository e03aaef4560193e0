// From texts to the features of a bag.
#include "classify/features.h"

#include "classify/encoded.h"
#include "test.h"

using namespace seq;
using namespace seq::classify;

namespace {

std::unique_ptr<Tokenizer> words(const std::string& text) {
  TokenizerOptions options;
  options.type = "word";
  auto trainer = make_tokenizer_trainer(options);
  trainer->add(text);
  return trainer->finish();
}

std::vector<uint32_t> features_of(FeatureMaker& maker, const std::string& text) {
  std::vector<uint32_t> features;
  maker.make(text, features);
  return features;
}

}  // namespace

TEST_CASE("words are features by their ids, unknown ones none", "[classify]") {
  const auto tokenizer = words("good bad film\n");
  const auto id = [&](const char* word) { return static_cast<uint32_t>(tokenizer->vocabulary().find(word)); };
  FeatureMaker maker({}, *tokenizer);
  REQUIRE(features_of(maker, "good film good strange") == std::vector{id("good"), id("film"), id("good")});
  BagOptions set;
  set.values = "set";
  FeatureMaker once(set, *tokenizer);
  REQUIRE(features_of(once, "good film good").size() == 2);
  REQUIRE(features_of(maker, "").empty());
}

TEST_CASE("for encoders that read words in order the unknown ones stay where they are", "[classify]") {
  const auto tokenizer = words("good bad film\n");
  FeatureMaker maker({}, *tokenizer, {}, /*keep_unknown=*/true);
  const auto found = features_of(maker, "good strange film");
  REQUIRE(found.size() == 3);
  REQUIRE(found[1] == static_cast<uint32_t>(tokenizer->vocabulary().unknown));
}

TEST_CASE("n-grams fall into buckets, the same ones into the same, and unknown words part of them", "[classify]") {
  const auto tokenizer = words("not very good\n");
  BagOptions options;
  options.word_ngrams = 3;
  options.buckets = 1000;
  FeatureMaker maker(options, *tokenizer);
  const auto first = features_of(maker, "not very good");
  REQUIRE(first.size() == 3 + 2 + 1);
  const auto with_unknown = features_of(maker, "not strange good");
  REQUIRE(with_unknown.size() == 2 + 2 + 1);
  REQUIRE(features_of(maker, "not very good") == first);
  for (size_t i = 3; i < first.size(); ++i) REQUIRE(first[i] >= static_cast<uint32_t>(tokenizer->vocabulary().size()));
}

TEST_CASE("buckets get rows by how often they were met, the others none", "[classify]") {
  int64_t used = 0;
  const auto rows = number_buckets({0, 3, 1, 2}, 2, used);
  REQUIRE(used == 2);
  REQUIRE(*rows == std::vector<int32_t>{-1, 0, -1, 1});
}

TEST_CASE("stop words are left out", "[classify]") {
  const test::TemporaryFolder folder;
  const auto tokenizer = words("the film was good\n");
  const auto stop = read_stop_words(folder.file("stop.txt", "the\nwas\nunheard\n").string(), *tokenizer);
  REQUIRE(stop.size() == 2);
  FeatureMaker maker({}, *tokenizer, stop);
  REQUIRE(features_of(maker, "the film was good").size() == 2);
}

TEST_CASE("a long text keeps its head, its tail, or half of each", "[classify]") {
  const auto cut = [](const char* keep) {
    std::vector<int32_t> ids = {1, 2, 3, 4, 5, 6, 7};
    cut_tokens(ids, 3, keep);
    return ids;
  };
  REQUIRE(cut("head") == std::vector<int32_t>{1, 2, 3});
  REQUIRE(cut("tail") == std::vector<int32_t>{5, 6, 7});
  REQUIRE(cut("both") == std::vector<int32_t>{1, 2, 7});
}

TEST_CASE("encoded examples come back, in any order", "[classify]") {
  const test::TemporaryFolder folder;
  const EncodedLayout layout{100, 3};
  const auto path = folder.path() / "train.bin";
  EncodedWriter writer(path, layout);
  writer.add({{2}, {5, 99, 5}});
  writer.add({{0, 1}, {}});
  writer.add({{1}, {0}});
  writer.finish();
  const EncodedExamples examples(path, layout);
  REQUIRE(examples.size() == 3);
  EncodedExample example;
  examples.read(2, example);
  REQUIRE(example.labels == std::vector<int32_t>{1});
  REQUIRE(example.features == std::vector<uint32_t>{0});
  examples.read(0, example);
  REQUIRE(example.features == std::vector<uint32_t>{5, 99, 5});
  examples.read(1, example);
  REQUIRE(example.labels == std::vector<int32_t>{0, 1});
  REQUIRE(example.features.empty());
  REQUIRE_THROWS_WITH(EncodedExamples(path, {99, 3}), Catch::Contains("another model"));
}

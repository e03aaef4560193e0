// Predictions for the report: who was taken for whom, and which mistakes are kept.
#include "classify/predictions_builder.h"

#include <algorithm>

#include "classify/scores.h"
#include "test.h"

using namespace seq;
using namespace seq::classify;

namespace {

using Confusion = std::vector<std::vector<int64_t>>;

struct Answered {
  int64_t index;
  std::vector<float> probabilities;
  std::vector<int32_t> truth;
};

Predictions built(const std::vector<Answered>& answers, const Labels& labels, bool multi_label, size_t most) {
  PredictionsBuilder builder("valid", labels, multi_label, most);
  for (const Answered& answer : answers) builder.add(answer.index, answer.probabilities, answer.truth);
  for (const int64_t index : builder.mistakes()) builder.describe(index, {.text = "text " + std::to_string(index)});
  return builder.finish();
}

std::vector<std::string> texts(const Predictions& predictions) {
  std::vector<std::string> all;
  for (const Mistake& mistake : predictions.mistakes) all.push_back(mistake.text);
  return all;
}

}  // namespace

TEST_CASE("the most confident mistakes are kept, the first of equals, whatever order they come in") {
  const Labels labels({"a", "b", "c"});
  std::vector<Answered> answers = {{0, {0.9F, 0.1F, 0}, {0}},
                                   {1, {0.6F, 0.4F, 0}, {1}},
                                   {2, {0.1F, 0.1F, 0.8F}, {1}},
                                   {3, {0.6F, 0.2F, 0.2F}, {2}},
                                   {4, {0, 0.55F, 0.45F}, {2}}};
  for (int turn = 0; turn < 5; ++turn) {
    const Predictions all = built(answers, labels, false, 3);
    REQUIRE(all.confusion == Confusion{{1, 0, 0}, {1, 0, 1}, {1, 1, 0}});
    REQUIRE(texts(all) == std::vector<std::string>{"text 2", "text 1", "text 3"});
    REQUIRE(all.mistakes[0].label == std::vector<std::string>{"b"});
    REQUIRE(all.mistakes[0].answer == std::vector<std::string>{"c"});
    REQUIRE(all.mistakes[0].probability == Approx(0.8));
    std::rotate(answers.begin(), answers.begin() + 1, answers.end());
  }
}

TEST_CASE("with several labels a text is as wrong as its worst decision, and labels are counted by themselves") {
  const Predictions all = built({{0, {0.9F, 0.2F, 0.6F}, {0}}, {1, {0.1F, 0.3F, 0.2F}, {1, 2}}, {2, {0.9F, 0, 0}, {0}}},
                                Labels({"a", "b", "c"}), true, 9);
  REQUIRE(all.confusion.empty());
  REQUIRE(texts(all) == std::vector<std::string>{"text 1", "text 0"});
  REQUIRE(all.mistakes[0].probability == Approx(0.8));  // c was due and got 0.2
  REQUIRE(all.mistakes[0].label == std::vector<std::string>{"b", "c"});
  REQUIRE(all.mistakes[0].answer.empty());
  REQUIRE(all.mistakes[1].answer == std::vector<std::string>{"a", "c"});
  REQUIRE(all.mistakes[1].probability == Approx(0.6));
  REQUIRE(all.counts[0].right == 2);
  REQUIRE(all.counts[1].wanted == 1);
  REQUIRE(all.counts[2].answered == 1);
  REQUIRE(all.counts[0].f1() == 1);
  REQUIRE(all.counts[2].recall() == 0);
}

TEST_CASE("precision, recall and F1 are those of eval") {
  const Labels labels({"a", "b", "c"});
  PredictionsBuilder builder("valid", labels, false);
  Scores scores(labels, false);
  for (int64_t i = 0; i < 100; ++i) {
    std::vector<float> probabilities(3, 0.2F);
    probabilities[static_cast<size_t>(i * i % 7 % 3)] = 0.6F;
    const std::vector<int32_t> truth = {static_cast<int32_t>(i % 3)};
    builder.add(i, probabilities, truth);
    scores.add(probabilities, truth, 0.5);
  }
  const Json metrics = scores.metrics();
  const std::vector<LabelCounts> counts = builder.finish().label_counts();
  for (size_t label = 0; label < 3; ++label) {
    const Json& wanted = metrics["labels"][labels.names()[label]];
    REQUIRE(counts[label].precision() == Approx(wanted["precision"].get<double>()));
    REQUIRE(counts[label].recall() == Approx(wanted["recall"].get<double>()));
    REQUIRE(counts[label].f1() == Approx(wanted["f1"].get<double>()));
  }
  REQUIRE(metrics["confusion"] == Json(builder.finish().confusion));
}

TEST_CASE("long texts are cut between characters, tokens with their attention") {
  PredictionsBuilder builder("valid", Labels({"a", "b"}), false);
  builder.add(7, std::vector<float>{0.9F, 0.1F}, std::vector<int32_t>{1});
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "\u65e5";
  builder.describe(
      7,
      {.text = text, .tokens = std::vector<std::string>(5000, "\u65e5"), .attention = std::vector<float>(5000, 0.25F)});
  builder.describe(8, {.text = "of no mistake"});
  const Mistake mistake = builder.finish().mistakes.at(0);
  REQUIRE(mistake.text.size() <= 1500);
  REQUIRE(mistake.text.ends_with("\u65e5 …"));
  REQUIRE(mistake.tokens.size() == 300);
  REQUIRE(mistake.attention == std::vector<double>(300, 0.25));
}

TEST_CASE("predictions come back from their file") {
  const seq::test::TemporaryFolder folder;
  const fs::path path = folder.path() / "predictions.json";
  PredictionsBuilder builder("valid", Labels({"a", "b"}), false);
  builder.add(0, std::vector<float>{0.9F, 0.1F}, std::vector<int32_t>{1});
  builder.describe(0, {.text = "half a character: \xe6\x97", .tokens = {"\xe6", "x"}, .attention = {0.5F, 1}});
  write_predictions(path, builder.finish());
  const Predictions read = parse_predictions(read_file(path), path.string());
  REQUIRE(read.confusion == Confusion{{0, 0}, {1, 0}});
  REQUIRE(read.mistakes.at(0).tokens == std::vector<std::string>{"\uFFFD", "x"});
  REQUIRE(read.mistakes.at(0).attention == std::vector<double>{0.5, 1});
}

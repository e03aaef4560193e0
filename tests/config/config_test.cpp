// Configs: strictness, overrides, paths, environment variables.
#include "config/config.h"

#include "models/catalog.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

Config load(const std::string& text, const std::vector<std::string>& sets = {}) {
  static const TemporaryFolder folder;
  return load_config(folder.file("x.json", text).string(), sets, catalog());
}

const std::string kMinimal = R"({"model": {"type": "char_rnn"}, "data": {"corpus": "text.txt"}})";

}  // namespace

TEST_CASE("a misspelt key is refused by its path") {
  REQUIRE_THROWS_WITH(load(R"({"model": {"type": "char_rnn", "hiden_size": 64}})"),
                      Contains("model.hiden_size: unknown key (did you mean hidden_size?)"));
  REQUIRE_THROWS_WITH(load(kMinimal, {"model.hiden=64"}), Contains("(did you mean hidden_size?)"));
  REQUIRE_THROWS_WITH(load(kMinimal, {"model.hidden=64"}), Contains("(did you mean hidden_size?)"));
  REQUIRE_THROWS_WITH(load(R"({"model": {"type": "char_rnn"}, "trian": {}})"),
                      Contains("trian: unknown key (did you mean train?)"));
}

TEST_CASE("a duplicate key is refused by its path") {
  REQUIRE_THROWS_WITH(load(R"({"model": {"type": "char_rnn", "layers": 1, "layers": 2}})"),
                      Contains("model.layers: duplicate key"));
}

TEST_CASE("a fraction for an integer is refused, a whole number written as 1e3 is not") {
  REQUIRE_THROWS_WITH(load(kMinimal, {"model.layers=0.5"}), Contains("model.layers: 0.5 is not an integer"));
  REQUIRE(load(kMinimal, {"train.max_steps=1e3"}).train.max_steps == 1000);
}

TEST_CASE("values out of range and of the wrong type are refused") {
  REQUIRE_THROWS_WITH(load(kMinimal, {"model.layers=0"}), Contains("model.layers: 0 is out of range (from 1 to 64)"));
  REQUIRE_THROWS_WITH(load(kMinimal, {"model.dropout=\"x\""}), Contains("model.dropout: \"x\" is not a number"));
  REQUIRE_THROWS_WITH(load(kMinimal, {"train.optimizer.type=adm"}), Contains("did you mean adam?"));
}

TEST_CASE("an unknown model is refused with the nearest name") {
  REQUIRE_THROWS_WITH(load(R"({"model": {"type": "char_rn"}})"), Contains("did you mean char_rnn?"));
  REQUIRE_THROWS_WITH(load(R"({"model": {}})"), Contains("model.type: missing"));
  REQUIRE_THROWS_WITH(load(kMinimal, {"model=3"}), Contains("model: 3 is not an object {…}"));
}

TEST_CASE("broken JSON is refused with line and column") {
  REQUIRE_THROWS_WITH(load("{\n  \"model\" 3}"), Contains("x.json:2:11"));
}

TEST_CASE("comments are allowed and defaults are filled in") {
  const Config config = load("// what it reproduces\n" + kMinimal);
  REQUIRE(config.model.at("hidden_size") == 128);
  REQUIRE(config.to_json().at("train").at("optimizer").at("type") == "adam");
}

TEST_CASE("paths of the file are relative to it, those of --set to the working folder") {
  const std::string here = std::filesystem::current_path().string();
  const Config config = load(kMinimal, {"data.valid=valid.txt", "out=runs/a"});
  REQUIRE_THAT(config.data.corpus.at(0), !Catch::StartsWith(here) && Catch::EndsWith("/text.txt"));
  REQUIRE(config.data.valid.at(0) == here + "/valid.txt");
  REQUIRE(config.out == here + "/runs/a");
  REQUIRE(load(kMinimal, {"out=2024"}).out == here + "/2024");
  REQUIRE(load(kMinimal, {"data.corpus=007"}).data.corpus.at(0) == here + "/007");
  REQUIRE(load(kMinimal, {"data.corpus=1e3"}).data.corpus.at(0) == here + "/1e3");
}

TEST_CASE("environment variables are taken, or their default") {
  ::unsetenv("SEQ_TEST_UNSET");
  ::setenv("SEQ_TEST_SET", "/data", 1);
  const auto corpus = [](const std::string& path) { return load(kMinimal, {"data.corpus=" + path}).data.corpus.at(0); };
  REQUIRE(corpus("${SEQ_TEST_SET}/a") == "/data/a");
  REQUIRE(corpus("${SEQ_TEST_UNSET:-/other}/a") == "/other/a");
  REQUIRE_THROWS_WITH(corpus("${SEQ_TEST_UNSET}/a"), Contains("data.corpus: the environment variable SEQ_TEST_UNSET"));
}

TEST_CASE("a resolved config reads back as itself") {
  const Config config = load(kMinimal, {"train.clip_norm=5", "train.max_epochs=2.5"});
  const Config again = config_from_json(config.to_json(), "config.json", catalog());
  REQUIRE(again.to_json() == config.to_json());
}

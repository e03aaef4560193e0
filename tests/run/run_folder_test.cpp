// Run folders: what is created, resumed, replaced, refused.
#include "run/run_folder.h"

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/version.h"
#include "run/safetensors.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

Json config(const std::vector<std::pair<std::string, Json>>& changes = {}) {
  Json json = parse_json(R"({
    "model": {"type": "char_rnn", "hidden_size": 128},
    "tokenizer": {"type": "char"},
    "data": {"corpus": ["/data/text.txt"]},
    "train": {"batch_size": 50, "max_steps": null, "max_epochs": 10, "max_minutes": null, "log_every": 100,
              "patience": null, "checkpoint_every_minutes": 5.0, "optimizer": {"type": "adam"}},
    "eval": {"batch_size": 32}, "seed": 1, "device": "cpu", "threads": 0, "out": "/runs/a"})",
                         "config");
  for (const auto& [pointer, value] : changes) json[Json::json_pointer(pointer)] = value;
  return json;
}

void require_resume_refused(const std::string& pointer, const Json& value, const std::string& message) {
  const TemporaryFolder folder;
  const fs::path run = folder.path() / "a";
  RunFolder::create(run, config(), Existing::refuse);
  REQUIRE_THROWS_WITH(RunFolder::create(run, config({{pointer, value}}), Existing::resume),
                      Contains(run.string() + ": ") && Contains(message));
  REQUIRE(RunFolder::open(run).config() == config());
}

}  // namespace

TEST_CASE("a created run opens with its config") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "runs" / "a";
  const RunFolder created = RunFolder::create(path.string() + "/", config(), Existing::refuse);
  REQUIRE_FALSE(created.resumed());
  REQUIRE(created.config() == config());
  const RunFolder run = RunFolder::open(path);
  REQUIRE(run.config() == config());
  REQUIRE(run.name() == "a");
  REQUIRE(run.checkpoint("last") == path / "checkpoints" / "last.safetensors");
  const Json file = read_json(path / "config.json");
  REQUIRE(file["seqtool"] == Json({{"format", 1}, {"version", kVersion}, {"data", Json::object()}}));
}

TEST_CASE("fingerprints of the data are kept by path") {
  const TemporaryFolder folder;
  {
    RunFolder run = RunFolder::create(folder.path() / "a", config(), Existing::refuse);
    run.record_data({{"/data/x", {{"size", 1}}}});
    run.record_data({{"/data/y", {{"size", 2}}}, {"/data/x", {{"size", 3}}}});
  }
  const Json data = RunFolder::open(folder.path() / "a").recorded_data();
  REQUIRE(data == Json({{"/data/x", {{"size", 3}}}, {"/data/y", {{"size", 2}}}}));
  const RunFolder resumed =
      RunFolder::create(folder.path() / "a", config({{"/train/max_epochs", 20}}), Existing::resume);
  REQUIRE(resumed.recorded_data() == data);
}

TEST_CASE("a run is neither resumed nor replaced unless asked") {
  const TemporaryFolder folder;
  RunFolder::create(folder.path() / "a", config(), Existing::refuse);
  REQUIRE_THROWS_WITH(RunFolder::create(folder.path() / "a", config(), Existing::refuse),
                      (folder.path() / "a").string() +
                          ": there is a run already (go on with --resume, or replace it with --overwrite)");
}

TEST_CASE("files of somebody else are never touched") {
  const TemporaryFolder folder;
  folder.file("thesis.tex", "years of work");
  for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
    REQUIRE_THROWS_WITH(
        RunFolder::create(folder.path(), config(), existing),
        Contains("not a run folder and not empty (it has thesis.tex): choose another with --set out=FOLDER"));
  folder.file("config.json", R"({"name": "of another program"})");
  for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
    REQUIRE_THROWS_WITH(RunFolder::create(folder.path(), config(), existing),
                        Contains("not a run folder (its config.json was not written by seqtool)"));
  REQUIRE(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
  REQUIRE(read_file(folder.path() / "thesis.tex") == "years of work");
}

TEST_CASE("overwriting removes what a run consists of and nothing else") {
  const TemporaryFolder folder;
  RunFolder::create(folder.path(), config(), Existing::refuse);
  for (const char* part : {"model.safetensors", "tokenizer.json", "metrics.jsonl", "log.txt", "notes.md"})
    folder.file(part, "x");
  for (const char* part : {"checkpoints", "events", "tokens", "plots"}) fs::create_directory(folder.path() / part);
  folder.file("checkpoints/last.safetensors", "x");
  const RunFolder run = RunFolder::create(folder.path(), config({{"/seed", 2}}), Existing::overwrite);
  REQUIRE_FALSE(run.resumed());
  REQUIRE(run.config().at("seed") == 2);
  run.forget_replaced();
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) left.push_back(entry.path().filename().string());
  std::sort(left.begin(), left.end());
  REQUIRE(left == std::vector<std::string>{"config.json", "lock", "notes.md", "plots"});
}

TEST_CASE("a run that was to be replaced comes back when the new one is refused") {
  const TemporaryFolder folder;
  RunFolder::create(folder.path(), config(), Existing::refuse);
  folder.file("model.safetensors", "old");
  RunFolder run = RunFolder::create(folder.path(), config({{"/seed", 2}}), Existing::overwrite);
  REQUIRE_FALSE(fs::exists(run.model()));
  folder.file("model.safetensors", "new");
  run.discard();
  REQUIRE(read_file(folder.path() / "model.safetensors") == "old");
  REQUIRE(RunFolder::open(folder.path()).config() == config());
  REQUIRE_FALSE(fs::exists(folder.path() / "replaced"));
}

TEST_CASE("what killed processes left half-written is removed") {
  const TemporaryFolder folder;
  RunFolder::create(folder.path(), config(), Existing::refuse);
  fs::create_directory(folder.path() / "tokens");
  folder.file("tokens/train.bin.tmp4711", "x");
  folder.file("notes.tmpl", "mine");
  RunFolder::create(folder.path(), config(), Existing::resume);
  REQUIRE_FALSE(fs::exists(folder.path() / "tokens/train.bin.tmp4711"));
  REQUIRE(fs::exists(folder.path() / "notes.tmpl"));
}

TEST_CASE("resuming where no run is starts one") {
  const TemporaryFolder folder;
  folder.file("lock", "");  // killed before config.json was there
  folder.file("config.json.tmp123", "{");
  REQUIRE_FALSE(RunFolder::create(folder.path(), config(), Existing::resume).resumed());
  REQUIRE_FALSE(RunFolder::create(folder.path() / "new", config(), Existing::overwrite).resumed());
}

TEST_CASE("a resumed run takes larger limits and what changes no step") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  RunFolder::create(path, config(), Existing::refuse);
  const Json changed = config({{"/train/max_epochs", 20},
                               {"/train/max_minutes", 5},
                               {"/train/log_every", 10},
                               {"/train/patience", 3},
                               {"/train/checkpoint_every_minutes", 1.5},
                               {"/out", "/runs/b"},
                               {"/device", "cuda"},
                               {"/threads", 2},
                               {"/eval/batch_size", 8},
                               {"/train/younger_option", true}});
  {
    RunFolder run = RunFolder::create(path, changed, Existing::resume);
    REQUIRE(run.resumed());
    REQUIRE(run.config() == changed);
    REQUIRE(RunFolder::open(path).config() == config());  // until the data are ready the work may be refused
    run.record_data(Json::object());
  }
  REQUIRE(RunFolder::open(path).config() == changed);
  REQUIRE(RunFolder::create(path, config({{"/train/max_epochs", nullptr}}), Existing::resume)
              .config()["train"]["max_epochs"]
              .is_null());
}

TEST_CASE("a key that the given config lacks keeps its value") {
  Json given = config();
  given["train"].erase("batch_size");
  REQUIRE(resumed_config(config(), given, "runs/a") == config());
}

TEST_CASE("a resumed run keeps what makes it what it is") {
  REQUIRE_THROWS_WITH(resumed_config(config(), config({{"/model/hidden_size", 256}}), "runs/a"),
                      "runs/a: model.hidden_size: 256 differs from the run's 128 (a resumed run keeps its model; start "
                      "another with --set out=FOLDER)");
  require_resume_refused("/model/type", "lm", "model.type: \"lm\" differs from the run's \"char_rnn\"");
  require_resume_refused("/tokenizer/type", "word", "a resumed run keeps its tokenizer");
  require_resume_refused("/data/corpus", {"/data/other.txt"}, "a resumed run keeps its data");
  require_resume_refused("/seed", 2, "seed: 2 differs from the run's 1 (a resumed run keeps its seed");
  require_resume_refused("/train/batch_size", 10, "a resumed run keeps its training options");
  require_resume_refused("/train/optimizer/type", "sgd", "train.optimizer.type: \"sgd\" differs");
  require_resume_refused("/train/max_epochs", 5, "train.max_epochs: 5 is less than the run's 10");
}

TEST_CASE("what is not a run folder is refused with what it lacks") {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  REQUIRE_THROWS_WITH(RunFolder::open(path + "/absent"), path + "/absent: no such folder");
  REQUIRE_THROWS_WITH(RunFolder::open(path), path + ": not a run folder (it has no config.json)");
  REQUIRE_THROWS_WITH(RunFolder::open(folder.file("plain", "")), path + "/plain: is a file, expected a run folder");
  REQUIRE_THROWS_WITH(RunFolder::create(path + "/plain", config(), Existing::refuse), Contains("is a file"));
  REQUIRE_THROWS_WITH(RunFolder::create(path + "/plain/x", config(), Existing::refuse), Contains("cannot be created"));
  RunFolder::create(folder.path() / "a", config(), Existing::refuse);
  REQUIRE_THROWS_WITH(RunFolder::open(path), Contains("it has no config.json; runs in it: " + path + "/a"));
}

TEST_CASE("a damaged, foreign or newer config is refused") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& content, const std::string& message) {
    folder.file("config.json", content);
    REQUIRE_THROWS_WITH(RunFolder::open(folder.path()), Contains(folder.path().string()) && Contains(message));
  };
  refused("", "config.json:1:1: not valid JSON");
  refused("{\"model\":", "not valid JSON");
  refused("[]", "was not written by seqtool");
  refused(R"({"seqtool": 1})", "was not written by seqtool");
  refused(R"({"seqtool": {"format": "1"}})", "was not written by seqtool");
  refused(R"({"seqtool": {"format": 2}})",
          "made by a newer seqtool (format 2, this one reads up to 1): update seqtool");
  refused(R"({"seqtool": {"format": 1}})", "damaged (it names no model.type)");
}

TEST_CASE("a second process is kept out while a run is being trained") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a";
  int ready[2];
  int done[2];
  REQUIRE((pipe(ready) == 0 && pipe(done) == 0));
  const pid_t child = fork();
  if (child == 0) {
    char byte = 'x';
    close(done[1]);
    const RunFolder run = RunFolder::create(path, config(), Existing::refuse);
    const bool told = write(ready[1], &byte, 1) == 1;
    _exit(told && read(done[0], &byte, 1) == 0 ? 0 : 1);  // the lock goes with the process
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  for (const Existing existing : {Existing::refuse, Existing::resume, Existing::overwrite})
    REQUIRE_THROWS_WITH(RunFolder::create(path, config(), existing),
                        path.string() + ": another process is training here");
  REQUIRE_NOTHROW(RunFolder::open(path));
  close(done[1]);
  int status = -1;
  waitpid(child, &status, 0);
  REQUIRE(status == 0);
  REQUIRE(RunFolder::create(path, config(), Existing::resume).resumed());
}

TEST_CASE("a full disk is an error in one line and leaves nothing half-written") {
  const TemporaryFolder folder;
  const fs::path disk = folder.path() / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
    WARN("skipped: a small file system cannot be mounted here");
    return;
  }
  const RunFolder run = RunFolder::create(disk / "a", config(), Existing::refuse);
  const std::string large(100'000, 'x');
  const std::string small(20'000, 'x');
  write_safetensors(run.model(), {{"w", {"U8", {20'000}, small}}}, {});
  std::string message;
  try {
    write_safetensors(run.model(), {{"w", {"U8", {100'000}, large}}}, {});
  } catch (const RunError& error) {
    message = error.what();
  }
  const auto shape = SafetensorsFile(run.model()).tensors().at("w").shape;
  const auto files = std::distance(fs::directory_iterator(run.path()), {});
  {
    std::ofstream filler(disk / "filler");
    for (int i = 0; i < 100; ++i) filler << small << std::flush;
  }
  REQUIRE_THROWS_AS(RunFolder::create(disk / "b", config(), Existing::refuse), RunError);
  REQUIRE(::umount2(disk.c_str(), MNT_DETACH) == 0);
  REQUIRE(message == run.model().string() + ": cannot be written: No space left on device");
  REQUIRE(shape == std::vector<int64_t>{20'000});
  REQUIRE(files == 3);  // config.json, lock, model.safetensors
}

// metrics.jsonl: written, read, cut back for a resumed run.
#include "run/metrics.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>

#include "base/error.h"
#include "base/files.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

Json entry(const std::string& kind, int64_t step) {
  return {{"kind", kind}, {"step", step}, {"loss", 0.5}};
}

const std::string kLines = R"({"kind":"train","step":10,"loss":2.5})"
                           "\n"
                           R"({"kind":"valid","step":10,"loss":2.25})"
                           "\n"
                           R"({"kind":"train","step":20,"loss":2.0})"
                           "\n";

}  // namespace

TEST_CASE("entries read back in order") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  MetricsLog log(path, -1);
  log.write(entry("train", 10));
  log.write({{"kind", "sample"}, {"step", 10}, {"text", "two\nlines \xff"}});
  const auto entries = read_metrics(path);  // while the log is open: each line was flushed
  REQUIRE(entries.size() == 2);
  REQUIRE(entries[0] == entry("train", 10));
  REQUIRE(entries[1]["text"] == "two\nlines \xEF\xBF\xBD");
}

TEST_CASE("a loss that is not finite is written as null") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  MetricsLog(path, -1).write({{"kind", "train"}, {"step", 1}, {"loss", std::nan("")}});
  REQUIRE(read_metrics(path)[0]["loss"].is_null());
}

TEST_CASE("a resumed log drops what came after the checkpoint") {
  const TemporaryFolder folder;
  const auto path = folder.file("metrics.jsonl", kLines);
  MetricsLog(path, 10).write(entry("train", 20));
  const auto entries = read_metrics(path);
  REQUIRE(entries.size() == 3);
  REQUIRE(entries[1]["kind"] == "valid");
  REQUIRE(entries[2]["loss"] == 0.5);
}

TEST_CASE("a log with nothing to drop is left as it is, one that starts anew is emptied") {
  const TemporaryFolder folder;
  const auto path = folder.file("metrics.jsonl", kLines);
  MetricsLog(path, 20);
  REQUIRE(read_file(path) == kLines);
  MetricsLog(path, -1);
  REQUIRE(read_file(path).empty());
  MetricsLog(folder.path() / "absent.jsonl", 7);
  REQUIRE(read_file(folder.path() / "absent.jsonl").empty());
}

TEST_CASE("a half-written last line is left out, and cut off before more is written") {
  const TemporaryFolder folder;
  for (size_t cut = 1; cut < 37; ++cut) {
    const auto path = folder.file("metrics.jsonl", kLines.substr(0, kLines.size() - 1 - cut));
    INFO(read_file(path));
    REQUIRE(read_metrics(path).size() == 2);
    MetricsLog(path, 1000).write(entry("train", 20));
    REQUIRE(read_metrics(path).size() == 3);
  }
}

TEST_CASE("a whole last line counts without its newline") {
  const TemporaryFolder folder;
  const auto path = folder.file("metrics.jsonl", kLines.substr(0, kLines.size() - 1));
  REQUIRE(read_metrics(path).size() == 3);
  MetricsLog(path, 1000).write(entry("train", 30));
  REQUIRE(read_metrics(path).size() == 4);
}

TEST_CASE("a damaged line is named, and does not keep a run from going on") {
  const TemporaryFolder folder;
  for (const std::string bad : {"{\"kind\":", "[]", "", "{\"kind\":\"train\"}", "{\"kind\":1,\"step\":1}",
                                "{\"kind\":\"train\",\"step\":\"1\"}"}) {
    const auto path = folder.file("metrics.jsonl", bad + "\n" + kLines);
    REQUIRE_THROWS_WITH(read_metrics(path), Contains("metrics.jsonl:1: expected a JSON object with kind and step"));
    MetricsLog(path, 1000);
    REQUIRE(read_file(path) == kLines);
  }
}

TEST_CASE("a log that cannot be written says so in one line") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(MetricsLog(folder.path() / "no" / "metrics.jsonl", -1), RunError);
  REQUIRE_THROWS_WITH(read_metrics(folder.path() / "absent"), Contains("no such file"));
}

TEST_CASE("a full disk ends the log with one line and leaves it readable") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  const pid_t child = fork();
  if (child == 0) {  // a limit on the size of files stands in for a full disk
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    setrlimit(RLIMIT_FSIZE, &limit);
    MetricsLog log(path, -1);
    try {
      for (int64_t step = 0; step < 10; ++step) log.write(entry("train", step));
    } catch (const RunError& error) {
      _exit(error.what() == path.string() + ": cannot be written: File too large" ? 0 : 1);
    }
    _exit(2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  REQUIRE(status == 0);
  REQUIRE(read_metrics(path).size() == 2);
}

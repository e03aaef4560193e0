// Files: whole reads, atomic writes, maps, locks, checksums.
#include "base/files.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

TEST_CASE("a file reads back as it was written") {
  const TemporaryFolder folder;
  const std::string content = std::string("a\0b\n", 4) + std::string(3'000'000, 'x');
  write_file_atomic(folder.path() / "a", content);
  REQUIRE(read_file(folder.path() / "a") == content);
  REQUIRE(MappedFile(folder.path() / "a").text() == content);
}

TEST_CASE("missing files and folders are refused by name") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_WITH(read_file(folder.path() / "none"), Contains("/none: no such file"));
  REQUIRE_THROWS_WITH(MappedFile(folder.path() / "none"), Contains("/none: no such file"));
  REQUIRE_THROWS_WITH(read_file(folder.path()), Contains("is a folder, expected a file"));
  REQUIRE_THROWS_AS(write_file_atomic(folder.path() / "no/such/folder", "x"), RunError);
}

TEST_CASE("an empty file maps to nothing") {
  const TemporaryFolder folder;
  REQUIRE(MappedFile(folder.file("empty", "")).bytes().empty());
  REQUIRE(read_file(folder.path() / "empty").empty());
}

TEST_CASE("a map moves") {
  const TemporaryFolder folder;
  MappedFile first(folder.file("a", "one"));
  MappedFile second = std::move(first);
  REQUIRE(second.text() == "one");
  second = MappedFile(folder.file("b", "two"));
  REQUIRE(second.text() == "two");
}

TEST_CASE("what is not committed leaves nothing behind, and the old content stays") {
  const TemporaryFolder folder;
  const auto path = folder.file("a", "old");
  {
    AtomicFile file(path);
    file.write("new");
  }
  REQUIRE(read_file(path) == "old");
  REQUIRE(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a header may be filled in last") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  AtomicFile file(path);
  file.write("....");
  file.write(std::string(2'000'000, 'x'));
  file.write_at(0, "head");
  file.write("tail");
  REQUIRE_FALSE(fs::exists(path));
  file.commit();
  REQUIRE(read_file(path) == "head" + std::string(2'000'000, 'x') + "tail");
}

TEST_CASE("what is written through stands between what is buffered") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a";
  std::string many(10'000'001, '\0');
  for (size_t i = 0; i < many.size(); ++i) many[i] = static_cast<char>(i * 31 % 251);
  AtomicFile file(path);
  file.write("head");
  file.write_through(many);
  file.write_through("few");
  file.write_through(many);
  file.write("tail");
  REQUIRE_FALSE(fs::exists(path));
  file.commit();
  REQUIRE(read_file(path) == "head" + many + "few" + many + "tail");
}

TEST_CASE("a full disk is a RunError that leaves nothing behind") {
  const TemporaryFolder folder;
  const auto path = folder.file("a", "old");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // a limit on the size of files stands for the disk
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      write_file_atomic(path, std::string(5'000'000, 'x'));
    } catch (const RunError&) {
      ::_exit(7);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WEXITSTATUS(status) == 7);
  REQUIRE(read_file(path) == "old");
  REQUIRE(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a lock is held once, and free again afterwards") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "lock";
  {
    const FileLock lock(path, "taken");
    REQUIRE_THROWS_WITH(FileLock(path, "taken by another"), "taken by another");
  }
  REQUIRE_NOTHROW(FileLock(path, "taken"));
  REQUIRE_THROWS_WITH(FileLock(folder.path() / "no/lock", "taken"), Contains("cannot be written"));
}

TEST_CASE("checksums are those of zip") {
  REQUIRE(crc32("123456789") == 0xCBF43926U);
  REQUIRE(crc32("") == 0);
  const TemporaryFolder folder;
  REQUIRE(fingerprint(folder.file("a", "123456789")) == Fingerprint{9, 0xCBF43926U});
  REQUIRE_FALSE(fingerprint(folder.file("b", "123456780")) == Fingerprint{9, 0xCBF43926U});
}

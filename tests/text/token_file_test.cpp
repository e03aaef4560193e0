// Token files: widths, ranges, and refusal of what is cut short or foreign.
#include "text/token_file.h"

#include <numeric>

#include "base/error.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

std::vector<int64_t> all_of(const TokenFile& file) {
  std::vector<int64_t> ids(static_cast<size_t>(file.size()));
  file.read(0, ids);
  return ids;
}

void write(const fs::path& path, int64_t vocabulary_size, const std::vector<int32_t>& ids) {
  TokenFileWriter writer(path, vocabulary_size);
  writer.append(ids);
  writer.finish();
}

}  // namespace

TEST_CASE("ids read back in the narrowest width that holds the vocabulary") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "train.bin";
  for (const auto& [size, width] : {std::pair{256, 1}, {257, 2}, {65536, 2}, {65537, 4}, {1 << 30, 4}}) {
    write(path, size, {0, size - 1, size / 2});
    REQUIRE(fs::file_size(path) == static_cast<size_t>(48 + 3 * width));
    const TokenFile file(path);
    REQUIRE(file.vocabulary_size() == size);
    REQUIRE(all_of(file) == std::vector<int64_t>{0, size - 1, size / 2});
  }
}

TEST_CASE("ranges are copied out of many blocks") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "train.bin";
  std::vector<int32_t> ids(10007);
  std::iota(ids.begin(), ids.end(), 0);
  TokenFileWriter writer(path, 20000);
  for (size_t i = 0; i < ids.size(); i += 999)
    writer.append(std::span(ids).subspan(i, std::min<size_t>(999, ids.size() - i)));
  REQUIRE(writer.size() == 10007);
  writer.finish();
  const TokenFile file(path);
  REQUIRE(file.size() == 10007);
  std::vector<int64_t> some(5);
  file.read(4998, some);
  REQUIRE(some == std::vector<int64_t>{4998, 4999, 5000, 5001, 5002});
  file.read(10002, some);
  REQUIRE(some.back() == 10006);
}

TEST_CASE("an empty token file is valid") {
  const TemporaryFolder folder;
  write(folder.path() / "empty.bin", 10, {});
  REQUIRE(TokenFile(folder.path() / "empty.bin").size() == 0);
}

TEST_CASE("nothing appears without finish") {
  const TemporaryFolder folder;
  { TokenFileWriter(folder.path() / "train.bin", 10).append(std::vector<int32_t>{1, 2}); }
  REQUIRE(fs::is_empty(folder.path()));
}

TEST_CASE("a token file cut anywhere is refused by name with a remedy") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "train.bin";
  write(path, 300, {1, 2, 299});
  const std::string whole = read_file(path);
  for (size_t size = 0; size < whole.size(); ++size)
    REQUIRE_THROWS_WITH(TokenFile(folder.file("cut.bin", whole.substr(0, size))),
                        Contains("cut.bin: cut short: " + std::to_string(size) + " bytes") && Contains("delete it"));
  REQUIRE_THROWS_WITH(TokenFile(folder.file("long.bin", whole + "x")), Contains("long.bin: damaged: 55 bytes"));
}

TEST_CASE("foreign, damaged and newer token files are refused") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "train.bin";
  write(path, 300, {1, 2, 299});
  const std::string whole = read_file(path);
  REQUIRE_THROWS_WITH(TokenFile(folder.path() / "none.bin"), Contains("none.bin: no such file"));
  REQUIRE_THROWS_WITH(TokenFile(folder.file("text.bin", "To be, or not to be, that is the question.")),
                      Contains("text.bin: not a token file"));
  for (size_t i = 12; i < 48; ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    REQUIRE_THROWS_WITH(TokenFile(folder.file("d.bin", damaged)), Contains("d.bin: damaged: the checksum"));
  }
  std::string newer = whole;
  newer[8] = 3;
  REQUIRE_THROWS_WITH(TokenFile(folder.file("new.bin", newer)), Contains("new.bin: format 3") && Contains("update"));
}

TEST_CASE("an id outside of the vocabulary is refused when it is read") {
  const TemporaryFolder folder;
  write(folder.path() / "ids.bin", 10, {1, 2, 3, 9});
  std::string content = read_file(folder.path() / "ids.bin");
  content.back() = 10;
  const TokenFile file(folder.file("ids.bin", content));
  std::vector<int64_t> ids(3);
  REQUIRE_NOTHROW(file.read(0, ids));
  REQUIRE_THROWS_WITH(file.read(1, ids), Contains("ids.bin: damaged: id 10 in a vocabulary of 10"));
}

// Blocks and lines of plain and compressed input.
#include <cstdlib>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

std::string all_of(const fs::path& path) {
  InputStream input(path);
  std::string content;
  for (std::string_view block; !(block = input.next_block()).empty();) content += block;
  return content;
}

std::vector<std::string> lines_of(const fs::path& path) {
  LineReader reader(path);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) {
    lines.emplace_back(line);
    if (reader.number() != static_cast<int64_t>(lines.size())) FAIL("number of line " << lines.size());
  }
  std::string_view line;
  if (reader.next(line)) FAIL("a line after the end");
  return lines;
}

/// The file compressed by a program, or nothing when there is no such program.
std::optional<fs::path> compressed(const fs::path& path, const std::string& program, const std::string& ending) {
  const std::string out = path.string() + ending;
  if (std::system((program + " -c < " + path.string() + " > " + out + " 2>/dev/null").c_str()) == 0) return out;
  WARN("SKIPPED: no program " << program);
  return std::nullopt;
}

using Lines = std::vector<std::string>;
const std::pair<std::string, std::string> kPrograms[] = {
    {"gzip", ".gz"}, {"bzip2", ".bz2"}, {"xz", ".xz"}, {"zstd", ".zst"}};

/// Text that does not compress away.
std::string varied_text(size_t lines) {
  std::string text;
  uint64_t state = 1;
  for (size_t i = 0; i < lines; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    text += std::to_string(state) + std::string(state >> 57, ' ') + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("lines end in a newline, with or without a carriage return, or at the end of the file") {
  const TemporaryFolder folder;
  REQUIRE(lines_of(folder.file("a", "one\ntwo\r\n\n\r\nlast")) == Lines{"one", "two", "", "", "last"});
  REQUIRE(lines_of(folder.file("b", "one\n")) == Lines{"one"});
  REQUIRE(lines_of(folder.file("c", "\n")) == Lines{""});
  REQUIRE(lines_of(folder.file("d", "")).empty());
  REQUIRE(lines_of(folder.file("e", "a\rb\n")) == Lines{"a\rb"});
}

TEST_CASE("lines may lie across any number of blocks") {
  const TemporaryFolder folder;
  for (const size_t size : {262143UL, 262144UL, 262145UL, 524287UL, 524288UL, 1000000UL}) {
    const std::string line(size, 'x');
    REQUIRE(lines_of(folder.file("a", line)) == Lines{line});
    REQUIRE(lines_of(folder.file("a", line + "\ny\n" + line + "\n")) == Lines{line, "y", line});
    REQUIRE(lines_of(folder.file("a", line + "\r\ny")) == Lines{line, "y"});
    REQUIRE(lines_of(folder.file("a", line + "\n")) == Lines{line});
  }
}

TEST_CASE("compressed input is unpacked whatever its name") {
  const TemporaryFolder folder;
  const std::string text = varied_text(40000);
  const fs::path plain = folder.file("a.txt", text);
  REQUIRE(all_of(plain) == text);
  for (const auto& [program, ending] : kPrograms) {
    const auto path = compressed(plain, program, ending);
    if (!path) continue;
    REQUIRE(all_of(*path) == text);
    fs::rename(*path, folder.path() / "renamed.txt");
    REQUIRE(all_of(folder.path() / "renamed.txt") == text);
  }
}

TEST_CASE("compressed input that is cut short or damaged is an error, not an early end") {
  const TemporaryFolder folder;
  const fs::path plain = folder.file("a.txt", varied_text(40000));
  for (const auto& [program, ending] : kPrograms) {
    const auto path = compressed(plain, program, ending);
    if (!path) continue;
    const std::string whole = read_file(*path);
    for (const size_t size : {whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
      INFO(program << " cut to " << size << " of " << whole.size());
      REQUIRE_THROWS_WITH(all_of(folder.file("cut", whole.substr(0, size))),
                          Contains("cut: ") && (Contains("cut short") || Contains("truncated")));
    }
    std::string damaged = whole;
    for (size_t i = whole.size() / 2; i < whole.size() / 2 + 20; ++i) damaged[i] = static_cast<char>(~damaged[i]);
    INFO(program << " damaged");
    REQUIRE_THROWS_AS(all_of(folder.file("damaged", damaged)), Error);
  }
}

TEST_CASE("an empty file is empty, compressed or not") {
  const TemporaryFolder folder;
  const fs::path plain = folder.file("a.txt", "");
  REQUIRE(all_of(plain).empty());
  for (const auto& [program, ending] : kPrograms)
    if (const auto path = compressed(plain, program, ending)) REQUIRE(all_of(*path).empty());
}

TEST_CASE("several compressed files joined are one") {
  const TemporaryFolder folder;
  for (const auto& [program, ending] : kPrograms) {
    const auto first = compressed(folder.file("a", "one\n"), program, ending);
    const auto second = compressed(folder.file("b", "two\n"), program, ending);
    if (!first || !second) continue;
    INFO(program);
    REQUIRE(all_of(folder.file("ab", read_file(*first) + read_file(*second))) == "one\ntwo\n");
  }
}

TEST_CASE("gzip input whose checksum or length is wrong is refused") {
  const TemporaryFolder folder;
  const auto path = compressed(folder.file("a.txt", varied_text(40000)), "gzip", ".gz");
  if (!path) return;
  const std::string whole = read_file(*path);
  for (const size_t from_end : {8UL, 4UL}) {  // CRC-32, then length
    std::string damaged = whole;
    damaged[whole.size() - from_end] = static_cast<char>(damaged[whole.size() - from_end] ^ 1);
    REQUIRE_THROWS_WITH(all_of(folder.file("damaged", damaged)), Contains("damaged: damaged or cut short: incorrect"));
  }
  REQUIRE_THROWS_WITH(all_of(folder.file("more", whole + "more")), Contains("other bytes after the end"));
  REQUIRE(all_of(folder.file("padded", whole + std::string(512, '\0'))).size() ==
          fs::file_size(folder.path() / "a.txt"));
}

TEST_CASE("what has been read of a file is counted as it is stored") {
  const TemporaryFolder folder;
  const fs::path plain = folder.file("a.txt", varied_text(40000));
  for (const fs::path& path : {plain, compressed(plain, "gzip", ".gz").value_or(plain)}) {
    InputStream input(path);
    while (!input.next_block().empty()) REQUIRE(input.stored_bytes() <= fs::file_size(path));
    REQUIRE(input.stored_bytes() == fs::file_size(path));
  }
}

TEST_CASE("input that is missing or a folder is refused by name") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_WITH(InputStream(folder.path() / "none"), Contains("/none: no such file"));
  REQUIRE_THROWS_WITH(InputStream(folder.path()), Contains("is a folder, expected a file"));
}

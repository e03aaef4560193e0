// Safetensors files: round trip, and a plain refusal of everything damaged or foreign.
#include "run/safetensors.h"

#include <cstring>

#include "base/error.h"
#include "base/json.h"
#include "test.h"

using namespace seq;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

std::string_view bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

const std::vector<float> kWeights = {1, 2, 3, 4, 5, 6};

/// A small file of ours.
std::string good_file(const TemporaryFolder& folder) {
  write_safetensors(folder.path() / "good",
                    {{"w", {"F32", {2, 3}, bytes_of(kWeights)}}, {"b", {"I64", {1}, "12345678"}}}, {{"step", "7"}});
  return read_file(folder.path() / "good");
}

/// A file with that header (as another tool may write it) and data.
std::string raw_file(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

std::string raw_tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

void require_refused(const TemporaryFolder& folder, const std::string& content, const std::string& message) {
  const auto path = folder.file("damaged", content);
  REQUIRE_THROWS_WITH(SafetensorsFile(path), Contains(path.string()) && Contains(message));
}

}  // namespace

TEST_CASE("tensors and metadata read back as written") {
  const TemporaryFolder folder;
  good_file(folder);
  const SafetensorsFile file(folder.path() / "good");
  REQUIRE(file.tensors().size() == 2);
  const TensorBytes& w = file.tensors().at("w");
  REQUIRE(w.dtype == "F32");
  REQUIRE(w.shape == std::vector<int64_t>{2, 3});
  REQUIRE(w.bytes == bytes_of(kWeights));
  REQUIRE(file.tensors().at("b").bytes == "12345678");
  REQUIRE(file.metadata("step") == "7");
  REQUIRE(file.metadata("format") == "seqtool");
  REQUIRE(file.metadata("absent").empty());
}

TEST_CASE("views stay valid when the file object moves") {
  const TemporaryFolder folder;
  good_file(folder);
  SafetensorsFile file(folder.path() / "good");
  const SafetensorsFile moved = std::move(file);
  REQUIRE(moved.tensors().at("w").bytes == bytes_of(kWeights));
}

TEST_CASE("scalars, empty tensors, odd names and files without tensors are written and read") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "odd";
  write_safetensors(
      path, {{"scalar", {"U8", {}, "x"}}, {"empty", {"F64", {0, 3}, ""}}, {"naïve \"näme\"\n", {"BOOL", {2}, "ab"}}},
      {{"text", "a \"crc32\":\"00000000\" inside"}});
  const SafetensorsFile file(path);
  REQUIRE(file.tensors().at("scalar").bytes == "x");
  REQUIRE(file.tensors().at("empty").shape == std::vector<int64_t>{0, 3});
  REQUIRE(file.tensors().at("naïve \"näme\"\n").bytes == "ab");
  REQUIRE(file.metadata("text") == "a \"crc32\":\"00000000\" inside");
  write_safetensors(path, {}, {});
  REQUIRE(SafetensorsFile(path).tensors().empty());
}

TEST_CASE("data start at a multiple of 64 and each tensor at a multiple of its element") {
  const TemporaryFolder folder;
  write_safetensors(folder.path() / "x", {{"a", {"U8", {3}, "abc"}}, {"b", {"F32", {6}, bytes_of(kWeights)}}}, {});
  const std::string content = read_file(folder.path() / "x");
  uint64_t length = 0;
  std::memcpy(&length, content.data(), 8);
  REQUIRE((8 + length) % 64 == 0);
  const Json header = parse_json(std::string_view(content).substr(8, length), "header");
  REQUIRE(header["b"]["data_offsets"][0] == 0);
  REQUIRE(header["a"]["data_offsets"] == Json({24, 27}));
}

TEST_CASE("a file cut short anywhere is refused") {
  const TemporaryFolder folder;
  const size_t whole = good_file(folder).size();
  for (size_t size = whole; size-- > 0;) {
    INFO(size << " of " << whole << " bytes");
    fs::resize_file(folder.path() / "good", size);
    REQUIRE_THROWS_AS(SafetensorsFile(folder.path() / "good"), Error);
  }
}

TEST_CASE("a single flipped bit anywhere is noticed") {
  const TemporaryFolder folder;
  const std::string content = good_file(folder);
  std::fstream file(folder.path() / "good", std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&](size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte).flush();
  };
  for (size_t bit = 0; bit < content.size() * 8; ++bit) {
    INFO("bit " << bit);
    put(bit / 8, static_cast<char>(content[bit / 8] ^ (1 << (bit % 8))));
    REQUIRE_THROWS_AS(SafetensorsFile(folder.path() / "good"), Error);
    put(bit / 8, content[bit / 8]);
  }
  REQUIRE_NOTHROW(SafetensorsFile(folder.path() / "good"));
}

TEST_CASE("the reason for a refusal is named") {
  const TemporaryFolder folder;
  const std::string content = good_file(folder);
  std::string flipped = content;
  flipped.back() = '!';
  require_refused(folder, flipped, "checksum does not match");
  require_refused(folder, content + "x", "1 bytes too many at its end");
  require_refused(folder, content.substr(0, content.size() - 1), "cut short");
  require_refused(folder, content.substr(0, 40), "cut short");
  require_refused(folder, "", "not a safetensors file (0 bytes, too short for a header)");
  require_refused(folder, "PK\x03\x04 a zip file or a pickle", "not a safetensors file");
  require_refused(folder, std::string(8, '\xff') + "{}", "not a safetensors file");
  require_refused(folder, raw_file(R"({"a":1)", ""), "not valid JSON");
  require_refused(folder, raw_file("{\"\xff\xfe\":1}", ""), "not valid JSON");
  require_refused(folder, raw_file(R"({"a":{},"a":{}})", ""), "duplicate key");
  require_refused(folder, raw_file(R"({"__metadata__":{"a":1}})", ""), "not a safetensors file");
  require_refused(folder, raw_file(R"({"__metadata__":[]})", ""), "not a safetensors file");
  REQUIRE_THROWS_WITH(SafetensorsFile(folder.path() / "absent"), Contains("no such file"));
  REQUIRE_THROWS_WITH(SafetensorsFile(folder.path()), Contains("is a folder"));
}

TEST_CASE("offsets, shapes and dtypes that do not fit are refused") {
  const TemporaryFolder folder;
  const std::string data(24, 'x');
  const auto refused = [&](const std::string& dtype, const std::string& shape, const std::string& offsets,
                           const std::string& message) {
    require_refused(folder, raw_file(raw_tensor(dtype, shape, offsets), data), message);
  };
  refused("F32", "[2,3]", "[0,20]", "20 bytes from 0 to 20, shape and dtype ask for 24");
  refused("F16", "[2,3]", "[0,24]", "shape and dtype ask for 12");
  refused("F32", "[2,3]", "[24,0]", "damaged");
  refused("F32", "[2,3]", "[4,28]", "cut short");
  refused("F32", "[2,2]", "[8,24]", "8 bytes before w belong to no tensor");
  refused("F31", "[2,3]", "[0,24]", "unknown dtype \"F31\"");
  refused("F32", "[-2,-3]", "[0,24]", "impossible shape");
  refused("F32", "[2.0,3]", "[0,24]", "impossible shape");
  refused("F32", "[4611686018427387904,4]", "[0,0]", "impossible shape");
  refused("F32", "[4611686018427387904,4,0]", "[0,0]", "impossible shape");
  refused("F32", "[18446744073709551615]", "[0,24]", "impossible shape");
  refused("F32", "6", "[0,24]", "expected dtype, shape and data_offsets");
  refused("F32", "[6]", "[0]", "expected dtype, shape and data_offsets");
  require_refused(folder, raw_file(R"({"w":[]})", ""), "expected dtype, shape and data_offsets");
  require_refused(folder,
                  raw_file(R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
                           R"("b":{"dtype":"F32","shape":[4],"data_offsets":[8,24]}})",
                           data),
                  "b overlaps another tensor");
}

TEST_CASE("a file of another tool without our metadata is read") {
  const TemporaryFolder folder;
  const auto plain = folder.file("plain", raw_file(raw_tensor("F32", "[2,3]", "[0,24]"), std::string(24, 'x')));
  REQUIRE(SafetensorsFile(plain).tensors().at("w").bytes == std::string(24, 'x'));
  const auto other = folder.file(
      "other",
      raw_file(R"({"__metadata__":{"format":"pt"},"w":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}})", "x"));
  REQUIRE(SafetensorsFile(other).metadata("format") == "pt");
}

TEST_CASE("a file of a newer version is refused with the remedy") {
  const TemporaryFolder folder;
  require_refused(folder, raw_file(R"({"__metadata__":{"format":"seqtool","version":"2"}})", ""),
                  "made by a newer seqtool (format 2, this one reads up to 1): update seqtool");
  require_refused(folder, raw_file(R"({"__metadata__":{"format":"seqtool","version":"1"}})", ""),
                  "checksum is missing");
  require_refused(folder, raw_file(R"({"__metadata__":{"format":"seqtool"}})", ""), "version is missing");
}

TEST_CASE("bytes that do not fit their shape are never written") {
  const TemporaryFolder folder;
  REQUIRE_THROWS_AS(write_safetensors(folder.path() / "x", {{"w", {"F32", {2}, "abc"}}}, {}), std::logic_error);
  REQUIRE(fs::is_empty(folder.path()));
}

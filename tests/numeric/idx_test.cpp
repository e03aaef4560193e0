// IDX files: images with the labels beside them, and damaged ones.
#include "numeric/idx.h"

#include "base/error.h"
#include "test.h"

using namespace seq;
using namespace seq::numeric;
using Catch::Contains;
using seq::test::TemporaryFolder;

namespace {

std::string big_endian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

std::string idx(uint32_t magic, const std::vector<uint32_t>& shape, const std::string& data) {
  std::string file = big_endian(magic);
  for (const uint32_t size : shape) file += big_endian(size);
  return file + data;
}

const std::string kPixels("\x00\x01\xff\x80\x02\x03\x04\x05\x06\x07\x08\x09", 12);
const std::string kImages = idx(0x803, {3, 2, 2}, kPixels);
const std::string kLabels = idx(0x801, {3}, std::string("\x07\x00\x02", 3));

/// What reading these two files says, or nothing.
std::string refusal(const std::string& images, const std::string& labels) {
  const TemporaryFolder folder;
  folder.file("t-labels-idx1-ubyte", labels);
  try {
    read_idx_table(folder.file("t-images-idx3-ubyte", images).string());
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("an image is a row of its bytes, its label a class") {
  const TemporaryFolder folder;
  folder.file("t-labels-idx1-ubyte", kLabels);
  const std::string images = folder.file("t-images-idx3-ubyte", kImages).string();
  const Table table = read_table({images}, {});
  REQUIRE(table.columns == 4);
  REQUIRE(std::vector<double>(table.row(0).begin(), table.row(0).end()) == std::vector<double>{0, 1, 255, 128});
  REQUIRE(table.labels == std::vector<std::string>{"7", "0", "2"});
  REQUIRE(label_files(images, {}).at(0) == (folder.path() / "t-labels-idx1-ubyte").string());
}

TEST_CASE("a file that is no IDX file is refused by its first bytes") {
  REQUIRE_THAT(refusal("\x89PNG....", kLabels), Contains("begins with 0x89504e47, expected 0x00000803"));
  REQUIRE_THAT(refusal(kLabels, kLabels), Contains("images-idx3-ubyte: not an IDX file of images"));
  REQUIRE_THAT(refusal(kImages, kImages), Contains("labels-idx1-ubyte: not an IDX file of labels"));
  REQUIRE_THAT(refusal(idx(0xd03, {3, 2, 2}, kPixels), kLabels), Contains("0x00000d03"));  // floats
  REQUIRE_THAT(refusal("", kLabels), Contains("not an IDX file"));
}

TEST_CASE("a short or long file is refused with what its header says") {
  REQUIRE_THAT(refusal(kImages.substr(0, 20), kLabels), Contains("cut short: 4 bytes of data, its header says 12"));
  REQUIRE_THAT(refusal(kImages.substr(0, 9), kLabels), Contains("cut short in its header"));
  REQUIRE_THAT(refusal(kImages + "x", kLabels), Contains("more data than the 12 bytes"));
  REQUIRE_THAT(refusal(kImages, idx(0x801, {2}, "\x01\x02")), Contains("2 labels for the 3 images"));
  REQUIRE_THAT(refusal(idx(0x803, {3, 0, 2}, ""), kLabels), Contains("dimension 2 has size 0"));
  REQUIRE_THAT(refusal(idx(0x803, {0xffffffff, 0xffffffff, 0xffffffff}, ""), kLabels), Contains("a shape of more"));
  REQUIRE_THAT(refusal(idx(0x803, {0x10000, 0x10000, 1}, "x"), kLabels), Contains("cut short: 1 bytes"));
}

TEST_CASE("labels are found by the name of the images") {
  REQUIRE(labels_beside("/images/train-images-idx3-ubyte.gz") == "/images/train-labels-idx1-ubyte.gz");
  REQUIRE_THROWS_WITH(labels_beside("digits.idx"), Contains("digits.idx: the name of an IDX file of images"));
}

// Checkpoints to a file and back.
#include "train/checkpoint.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "base/error.h"
#include "base/files.h"
#include "run/safetensors.h"
#include "test.h"

using namespace seq;
using namespace seq::train;
using Catch::Matchers::Contains;
using seq::test::TemporaryFolder;

namespace {

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.tensors = {{"model.w", at::randn({3, 2})},
                        {"model.w.b", at::randn({2}, at::kDouble)},
                        {"modeller.x", at::zeros({0, 4})},
                        {"generator.cpu", at::arange(9).to(at::kByte)}};
  checkpoint.state = {{"step", 12}, {"loss", 0.1}, {"best_loss", nullptr}, {"text", "\"quoted\" … \n"}};
  return checkpoint;
}

}  // namespace

TEST_CASE("a checkpoint comes back bit for bit, numbers and texts of its state too") {
  const TemporaryFolder folder;
  const Checkpoint written = example();
  write_checkpoint(folder.path() / "c", written);
  const Checkpoint read = read_checkpoint(folder.path() / "c");
  REQUIRE(read.state == written.state);
  REQUIRE(read.tensors.size() == written.tensors.size());
  for (const auto& [name, tensor] : written.tensors) {
    CAPTURE(name);
    REQUIRE(read.tensors.at(name).scalar_type() == tensor.scalar_type());
    REQUIRE(read.tensors.at(name).equal(tensor));
  }
}

TEST_CASE("a group is what stands below its prefix") {
  const auto group = example().group("model");
  REQUIRE(group.size() == 2);
  REQUIRE(group.contains("w"));
  REQUIRE(group.contains("w.b"));
  REQUIRE(example().group("none").empty());
}

TEST_CASE("a checkpoint that is damaged anywhere, cut short or none is refused by name") {
  const TemporaryFolder folder;
  write_checkpoint(folder.path() / "c", example());
  const std::string whole = read_file(folder.path() / "c");
  for (size_t size = 0; size < whole.size(); size += 13)
    REQUIRE_THROWS_WITH(read_checkpoint(folder.file("cut", whole.substr(0, size))), Contains("cut"));
  for (size_t at = 0; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    REQUIRE_THROWS_AS(read_checkpoint(folder.file("damaged", damaged)), Error);
  }
  write_safetensors(folder.path() / "model", {}, {{"kind", "model"}});
  REQUIRE_THROWS_WITH(read_checkpoint(folder.path() / "model"), Contains("not a checkpoint"));
}

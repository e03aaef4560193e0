// Windows: which tokens count, in which order, and from where a pass can be continued.
// B = batch, T = time, N = tokens of the text
#include <ATen/ops/equal.h>

#include <map>
#include <set>

#include "base/error.h"
#include "test.h"
#include "toy.h"

using namespace seq;
using namespace seq::train;
using Catch::Matchers::Contains;
using seq::test::places;
using seq::test::TemporaryFolder;
using seq::test::token_file;

namespace {

/// What a pass gives, by row: the inputs in the order in which they come, and how often each target counts.
struct Pass {
  std::vector<std::vector<int64_t>> inputs;
  std::map<int64_t, int64_t> counted;
  std::map<int64_t, int64_t> row_of;  ///< of a counted target
  int64_t batches = 0;
  int64_t count = 0;
};

void add(Pass& pass, const Batch& batch) {
  const Tensor ids = batch["ids"], targets = batch["targets"], mask = batch.find("mask");
  REQUIRE(ids.sizes() == targets.sizes());
  pass.inputs.resize(static_cast<size_t>(ids.size(0)));
  int64_t here = 0;
  for (int64_t row = 0; row < ids.size(0); ++row) {
    for (int64_t t = 0; t < ids.size(1); ++t) {
      const auto id = ids[row][t].item<int64_t>(), target = targets[row][t].item<int64_t>();
      if (target == id + 1) pass.inputs[static_cast<size_t>(row)].push_back(id);
      if (mask.defined() && mask[row][t].item<float>() == 0) continue;
      REQUIRE(target == id + 1);
      ++pass.counted[target];
      pass.row_of[target] = row;
      ++here;
    }
  }
  REQUIRE(batch.count == here);
  pass.count += here;
  ++pass.batches;
}

Pass run_pass(Batches& batches, int64_t number = 0, int64_t position = 0) {
  Pass pass;
  batches.start_pass(number, position);
  for (Batch batch; batches.next(batch);) add(pass, batch);
  return pass;
}

bool consecutive(const std::vector<int64_t>& ids) {
  for (size_t i = 1; i < ids.size(); ++i)
    if (ids[i] != ids[i - 1] + 1) return false;
  return true;
}

EvalOptions eval_options(int64_t batch_size, int64_t window, int64_t context) {
  EvalOptions options;
  options.batch_size = batch_size;
  options.window = window;
  options.context = context;
  return options;
}

}  // namespace

TEST_CASE("every token but the first counts exactly once in evaluation, after its context") {
  const TemporaryFolder folder;
  const int32_t size = GENERATE(2, 3, 5, 17, 64);
  const int64_t batch_size = GENERATE(1, 2, 8), window = GENERATE(1, 4, 100), context = GENERATE(0, 1, 5, 50);
  CAPTURE(size, batch_size, window, context);
  const auto tokens = token_file(folder.path() / "t.bin", places(size), 300);
  const auto batches = evaluation_windows(tokens, eval_options(batch_size, window, context));
  const Pass pass = run_pass(*batches);
  REQUIRE(pass.count == size - 1);
  REQUIRE(pass.counted.size() == static_cast<size_t>(size - 1));
  REQUIRE(pass.batches == batches->batches_per_pass());
  for (const auto& row : pass.inputs) REQUIRE(consecutive(row));
  for (const auto& [target, row] : pass.row_of)
    REQUIRE(pass.inputs[static_cast<size_t>(row)].front() <= std::max<int64_t>(0, target - 1 - context));
}

TEST_CASE("a skipped target counts nowhere, though it is read") {
  const TemporaryFolder folder;
  const auto tokens = token_file(folder.path() / "t.bin", places(40), 300);
  const auto batches = evaluation_windows(tokens, eval_options(3, 7, 2), 20);
  const Pass pass = run_pass(*batches);
  REQUIRE(pass.count == 38);
  REQUIRE_FALSE(pass.counted.contains(20));
}

TEST_CASE("training streams cover the text in order, all but the last few tokens") {
  const TemporaryFolder folder;
  const int32_t size = GENERATE(9, 30, 77);
  const int64_t batch_size = GENERATE(1, 3, 8), window = GENERATE(1, 4, 50);
  CAPTURE(size, batch_size, window);
  const auto batches =
      training_windows(token_file(folder.path() / "t.bin", places(size), 300), batch_size, window, std::nullopt);
  const Pass pass = run_pass(*batches);
  const int64_t length = (size - 1) / batch_size;
  REQUIRE(pass.inputs.size() == static_cast<size_t>(batch_size));
  REQUIRE(pass.batches == batches->batches_per_pass());
  for (int64_t row = 0; row < batch_size; ++row) {
    const auto& ids = pass.inputs[static_cast<size_t>(row)];
    REQUIRE(consecutive(ids));
    REQUIRE(ids.front() == row * length);
    REQUIRE(ids.size() == static_cast<size_t>(length));
  }
  for (const auto& [target, times] : pass.counted) REQUIRE(times == 1);
  REQUIRE(size - 1 - pass.count < batch_size);
}

TEST_CASE("a random offset shifts each pass by less than a window, the same for the same seed") {
  const TemporaryFolder folder;
  constexpr int64_t kWindow = 6;
  const auto tokens = token_file(folder.path() / "t.bin", places(100), 300);
  const auto batches = training_windows(tokens, 4, kWindow, 3);
  const auto again = training_windows(tokens, 4, kWindow, 3);
  std::set<int64_t> offsets;
  for (int64_t number = 0; number < 40; ++number) {
    const Pass pass = run_pass(*batches, number);
    REQUIRE(pass.inputs == run_pass(*again, number).inputs);
    REQUIRE(pass.batches == batches->batches_per_pass());
    offsets.insert(pass.inputs.front().front());
    REQUIRE(pass.inputs.back().back() < 99);
  }
  REQUIRE(offsets.size() == kWindow);
  REQUIRE(*offsets.begin() == 0);
  REQUIRE(*offsets.rbegin() == kWindow - 1);
}

TEST_CASE("a pass goes on from any position as if it had not been left") {
  const TemporaryFolder folder;
  const auto tokens = token_file(folder.path() / "t.bin", places(83), 300);
  const std::optional<uint64_t> seed = GENERATE(std::optional<uint64_t>(), std::optional<uint64_t>(9));
  const auto whole = training_windows(tokens, 3, 5, seed), other = training_windows(tokens, 3, 5, seed);
  whole->start_pass(2, 0);
  Batch batch, continued;
  for (int64_t position = 0; whole->next(batch); ++position) {
    other->start_pass(2, position);
    REQUIRE(other->next(continued));
    REQUIRE(at::equal(batch["ids"], continued["ids"]));
    REQUIRE(at::equal(batch["targets"], continued["targets"]));
  }
  REQUIRE_FALSE(whole->next(batch));
  other->start_pass(2, whole->batches_per_pass());
  REQUIRE_FALSE(other->next(continued));
}

TEST_CASE("ragged ends are masked, and a full batch has no mask") {
  const TemporaryFolder folder;
  const auto batches =
      evaluation_windows(token_file(folder.path() / "t.bin", places(12), 300), eval_options(2, 4, 0));  // 5 and 6 long
  batches->start_pass(0, 0);
  Batch batch;
  REQUIRE(batches->next(batch));
  REQUIRE_FALSE(batch.find("mask").defined());
  REQUIRE(batches->next(batch));
  REQUIRE(batch["ids"].size(1) == 2);
  REQUIRE(batch["mask"].sum().item<double>() == 3);
  REQUIRE(batch.count == 3);
  REQUIRE_FALSE(batches->next(batch));
}

TEST_CASE("texts that are too short are refused with a remedy") {
  const TemporaryFolder folder;
  const auto one = token_file(folder.path() / "one.bin", places(1), 300);
  REQUIRE_THROWS_WITH(evaluation_windows(one, eval_options(1, 1, 1)), Contains("fewer than two tokens"));
  REQUIRE_THROWS_WITH(training_windows(one, 1, 1, std::nullopt), Contains("too few for 1 parallel streams"));
  const auto few = token_file(folder.path() / "few.bin", places(8), 300);
  REQUIRE_NOTHROW(training_windows(few, 7, 3, std::nullopt));
  REQUIRE_THROWS_WITH(training_windows(few, 8, 3, std::nullopt), Contains("lower train.batch_size"));
  REQUIRE_THROWS_WITH(training_windows(few, 7, 3, 1), Contains("lower train.batch_size"));
}

// Batches of rows: every row once a pass, in an order that follows from seed and pass alone.
// B = batch, R = rows
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>

#include <algorithm>

#include "test.h"
#include "train/batches.h"

using namespace seq::train;

namespace {

/// The targets of a pass from a position on, batch after batch; the inputs stand for the same rows.
std::vector<int64_t> rows_of(Batches& batches, int64_t pass, int64_t position = 0) {
  std::vector<int64_t> rows;
  batches.start_pass(pass, position);
  for (Batch batch; batches.next(batch);) {
    REQUIRE(batch["targets"].size(0) == batch.count);
    REQUIRE(batch["inputs"].select(1, 1).equal(10 * batch["targets"]));
    for (int64_t row = 0; row < batch.count; ++row) rows.push_back(batch["targets"][row].item<int64_t>());
  }
  return rows;
}

std::unique_ptr<Batches> seven_rows(int64_t batch_size, std::optional<uint64_t> seed) {
  const at::Tensor targets = at::arange(7, at::kFloat);
  return row_batches(at::stack({targets, 10 * targets}, 1), targets, batch_size, seed);
}

}  // namespace

TEST_CASE("without a seed the rows come as they stand") {
  const auto batches = seven_rows(3, std::nullopt);
  REQUIRE(batches->batches_per_pass() == 3);
  REQUIRE(rows_of(*batches, 0) == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6});
  REQUIRE(rows_of(*batches, 4, 2) == std::vector<int64_t>{6});
}

TEST_CASE("with a seed each pass has every row once, in an order of its own that comes again") {
  const auto batches = seven_rows(2, 3), same = seven_rows(2, 3);
  const std::vector<int64_t> first = rows_of(*batches, 0), second = rows_of(*batches, 1);
  REQUIRE(first != second);
  for (std::vector<int64_t> rows : {first, second}) {
    std::sort(rows.begin(), rows.end());
    REQUIRE(rows == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6});
  }
  const std::vector<int64_t> rest = rows_of(*same, 1, 2);
  REQUIRE(rest == std::vector<int64_t>(second.begin() + 4, second.end()));
}

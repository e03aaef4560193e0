// Batches of rows of numbers.
// B = batch, R = rows, C = columns
#include <ATen/ops/arange.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/random.h"
#include "train/batches.h"

namespace seq::train {
namespace {

constexpr uint64_t kOrder = 21;  // stream of random numbers: the order of a pass

class RowBatches : public Batches {
 public:
  RowBatches(Tensor inputs, Tensor targets, int64_t batch_size, std::optional<uint64_t> order_seed)
      : inputs_(std::move(inputs)), targets_(std::move(targets)), batch_size_(batch_size), order_seed_(order_seed) {}

  void start_pass(int64_t pass, int64_t position) override {
    position_ = position;
    if (!order_seed_) return;
    const Tensor rows = at::arange(targets_.size(0), at::kLong);
    Random(Random::derive(*order_seed_, kOrder, static_cast<uint64_t>(pass)))
        .shuffle(std::span(rows.mutable_data_ptr<int64_t>(), static_cast<size_t>(rows.numel())));
    order_ = rows.to(inputs_.device());
  }

  int64_t batches_per_pass() const override { return (targets_.size(0) + batch_size_ - 1) / batch_size_; }

  bool next(Batch& batch) override {
    const int64_t first = position_ * batch_size_;
    if (first >= targets_.size(0)) return false;
    ++position_;
    batch.count = std::min(batch_size_, targets_.size(0) - first);
    const auto take = [&](const Tensor& all) {
      return order_seed_ ? all.index_select(0, order_.narrow(0, first, batch.count))
                         : all.narrow(0, first, batch.count);
    };
    batch.tensors = {{"inputs", take(inputs_)}, {"targets", take(targets_)}};
    return true;
  }

 private:
  Tensor inputs_;   // [R, C]
  Tensor targets_;  // [R]
  int64_t batch_size_;
  std::optional<uint64_t> order_seed_;
  Tensor order_;  // [R] of this pass
  int64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Batches> row_batches(const Tensor& inputs, const Tensor& targets, int64_t batch_size,
                                     std::optional<uint64_t> order_seed) {
  return std::make_unique<RowBatches>(inputs, targets, batch_size, order_seed);
}

}  // namespace seq::train

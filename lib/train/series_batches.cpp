// Batches of number series.
// B = batch, T = time
#include <ATen/ops/from_blob.h>

#include <algorithm>

#include "train/batches.h"

namespace seq::train {
namespace {

class SeriesBatches : public Batches {
 public:
  SeriesBatches(std::vector<Series> examples, int64_t batch_size)
      : examples_(std::move(examples)), batch_size_(batch_size) {}

  void start_pass(int64_t /*pass*/, int64_t position) override { position_ = position; }

  int64_t batches_per_pass() const override {
    return (static_cast<int64_t>(examples_.size()) + batch_size_ - 1) / batch_size_;
  }

  bool next(Batch& batch) override {
    const int64_t first = position_ * batch_size_;
    const auto total = static_cast<int64_t>(examples_.size());
    if (first >= total) return false;
    ++position_;
    const auto rows = static_cast<size_t>(std::min(batch_size_, total - first));
    SeriesBatch packed = pack_series(std::span(examples_).subspan(static_cast<size_t>(first), rows));
    batch.tensors = {{"inputs", at::from_blob(packed.inputs.data(), {packed.count, packed.time}, at::kDouble).clone()},
                     {"targets", at::from_blob(packed.targets.data(), {packed.count}, at::kDouble).clone()}};
    batch.count = packed.count;
    return true;
  }

 private:
  std::vector<Series> examples_;
  int64_t batch_size_;
  int64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Batches> series_batches(std::vector<Series> examples, int64_t batch_size) {
  return std::make_unique<SeriesBatches>(std::move(examples), batch_size);
}

}  // namespace seq::train

// Lengths to rows.
#include "nn/packed_steps.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <numeric>

namespace seq::nn {

PackedSteps::PackedSteps(std::vector<int64_t> lengths) : lengths_(std::move(lengths)), begins_{0} {
  TORCH_CHECK(!lengths_.empty() && lengths_.back() > 0, "packed sequences need one step at least");
  TORCH_CHECK(std::is_sorted(lengths_.rbegin(), lengths_.rend()), "packed sequences stand longest first");
  auto active = static_cast<int64_t>(lengths_.size());
  for (int64_t t = 0; t < lengths_.front(); ++t) {
    while (lengths_[static_cast<size_t>(active) - 1] <= t) --active;
    begins_.push_back(begins_.back() + active);
  }
}

PackedSteps PackedSteps::equal(int64_t time, int64_t batch) {
  return PackedSteps(std::vector<int64_t>(static_cast<size_t>(std::max<int64_t>(batch, 0)), time));
}

at::Tensor PackedSteps::last_rows() const {
  at::Tensor rows = at::empty({batch()}, at::kLong);
  auto* out = rows.mutable_data_ptr<int64_t>();
  for (int64_t b = 0; b < batch(); ++b) out[b] = begin(lengths_[static_cast<size_t>(b)] - 1) + b;
  return rows;
}

at::Tensor PackedSteps::sequences() const {
  at::Tensor sequences = at::empty({rows()}, at::kLong);
  auto* out = sequences.mutable_data_ptr<int64_t>();
  for (int64_t t = 0; t < time(); ++t) std::iota(out + begin(t), out + begin(t + 1), int64_t{0});
  return sequences;
}

}  // namespace seq::nn

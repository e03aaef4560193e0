// Lists of different lengths to matrices.
#include "models/word2vec/tensor/batch.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace seq::word2vec {
namespace {

/// Where the numbers of each word stand in one of the lists of Samples.
struct Ranges {
  const std::vector<size_t>& ends;
  size_t begin(size_t word) const { return word == 0 ? 0 : ends[word - 1]; }
  size_t length(size_t word) const { return ends[word] - begin(word); }
  size_t longest(size_t first, size_t last) const {
    size_t most = 0;
    for (size_t word = first; word < last; ++word) most = std::max(most, length(word));
    return most;
  }
};

/// Numbers of the words `first` to `last` as a matrix, each row filled up with its own last one.
template <class To, class From>
Tensor padded(const std::vector<From>& values, const Ranges& ranges, size_t first, size_t last, at::ScalarType type) {
  const size_t columns = ranges.longest(first, last);
  Tensor matrix = at::empty({static_cast<int64_t>(last - first), static_cast<int64_t>(columns)}, type);
  To* out = matrix.mutable_data_ptr<To>();
  for (size_t word = first; word < last; ++word)
    for (size_t i = 0; i < columns; ++i)
      *out++ = static_cast<To>(values[ranges.begin(word) + std::min(i, ranges.length(word) - 1)]);
  return matrix;
}

/// 1 where padded() has a number of its own, 0 where it repeats one.
Tensor mask_of(const Ranges& ranges, size_t first, size_t last) {
  const size_t columns = ranges.longest(first, last);
  Tensor mask = at::empty({static_cast<int64_t>(last - first), static_cast<int64_t>(columns)}, at::kFloat);
  float* out = mask.mutable_data_ptr<float>();
  for (size_t word = first; word < last; ++word)
    for (size_t i = 0; i < columns; ++i) *out++ = i < ranges.length(word) ? 1.0F : 0.0F;
  return mask;
}

}  // namespace

TensorBatch make_batch(const vectors::Samples& samples, size_t first, size_t last, c10::Device device) {
  const Ranges inputs{samples.input_ends}, outputs{samples.output_ends};
  return {padded<int64_t>(samples.inputs, inputs, first, last, at::kLong).to(device),
          mask_of(inputs, first, last).to(device),
          padded<int64_t>(samples.outputs, outputs, first, last, at::kLong).to(device),
          mask_of(outputs, first, last).to(device),
          padded<float>(samples.labels, outputs, first, last, at::kFloat).to(device)};
}

}  // namespace seq::word2vec
